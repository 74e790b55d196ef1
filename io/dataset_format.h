#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/dataset.h"
#include "io/codec.h"
#include "io/labels.h"

namespace wardmark {

/// What the command line says about reading and writing a data set; each format takes what concerns it.
struct DatasetOptions {
  std::string format;  ///< `--format`: name of the row to take, or empty
  LabelSource labels;
  std::filesystem::path class_names;              ///< `--classes`: names of integer labels by line, or empty
  std::optional<std::vector<std::string>> files;  ///< `--files-from`: paths relative to `root`, as bytes
  std::filesystem::path root;                     ///< `--root`; empty: the current folder
  std::vector<std::string> splits = {"train"};    ///< npz: arrays to protect; {"all"}: every one
  CodecLimits limits;
  std::uint64_t max_array_bytes = std::uint64_t{1} << 36;  ///< npz: largest array taken into memory
  std::string output_format;                               ///< empty: as each item is stored; "png"
  bool resume = false;                                     ///< the output may exist and is continued
  bool overwrite = false;                                  ///< the output may exist and is replaced item by item
  bool shared_output = false;  ///< other shards write there at the same time: leave their unfinished files
};

/// One kind of data set: a row of the table in cli/dataset_formats.cpp. The first row that recognises an input, or the
/// one that `--format` names, opens it.
struct DatasetFormat {
  std::string_view name;  ///< "folder"
  std::string_view help;  ///< one line
  bool single_output;     ///< the output is one file: no --shard, no partial --resume
  /// Looks at the name, the kind and at most a few bytes.
  bool (*recognises)(const std::filesystem::path& input, const DatasetOptions& options);
  std::unique_ptr<DatasetReader> (*open)(const std::filesystem::path& input, const DatasetOptions& options);
  /// `reader` must come from `open` of the same row and outlive the writer.
  std::unique_ptr<DatasetWriter> (*create)(const DatasetReader& reader, const std::filesystem::path& output,
                                           const DatasetOptions& options);
};

/// Refuses an output before any work: Error(output_inside) when it is inside `input`, or the reverse, or the same;
/// (output_exists) when something is there and neither resume nor overwrite was asked for (an empty folder is nothing).
/// Links are resolved. Cost: a few stat calls.
void check_output_place(const std::filesystem::path& input, const std::filesystem::path& output,
                        const DatasetOptions& options);

}  // namespace wardmark
