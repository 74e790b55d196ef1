#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/budget.h"
#include "core/dataset.h"
#include "core/key.h"
#include "io/codec.h"
#include "io/labels.h"

namespace wardmark {

/// The bound of additive methods on studies where none was asked for, as `--epsilon` would say it: what keeps 40 dB and
/// an SSIM of 0.99 in the window (docs/results.md, "DICOM studies").
inline constexpr std::string_view kDefaultBound = "1.5/255..4/255window";

/// What the command line says about DICOM studies.
struct StudyOptions {
  Budget budget;                             ///< bounds asked for; none: the method's own
  bool additive = false;                     ///< without a bound, kDefaultBound bounds the change
  bool skip_refused = false;                 ///< write a study without its refused objects
  bool strict = false;                       ///< one refusal keeps everything back
  bool record_source = false;                ///< changed images name their originals
  std::vector<std::string> carried_classes;  ///< SOP classes that are carried though the table refuses them, sorted
  bool label = true;                         ///< prefix SeriesDescription with NOT FOR DIAGNOSIS
  bool drop_private = false;                 ///< remove private attributes
  bool drop_annotations = false;             ///< leave segmentations and structure sets out
  bool allow_burned_in = false;              ///< take objects with BurnedInAnnotation YES
  bool require_deidentified = false;         ///< refuse objects that do not say PatientIdentityRemoved and how
  bool rename_uid = false;                   ///< name files by their new UIDs
  std::string transfer_syntax = "same";      ///< same, explicit, rle, jpeg-lossless, jpeg-ls
  /// Pictures are looked at, by networks or people, and nothing is written: images that can be read are the items,
  /// whatever forbids to release them, and those of a release too.
  bool looking = false;
};

/// What the command line says about reading and writing a data set; each format takes what concerns it.
struct DatasetOptions {
  std::string format;  ///< `--format`: name of the row to take, or empty
  LabelSource labels;
  std::filesystem::path class_names;  ///< `--classes`: names of integer labels by line, or keywords; or empty
  std::optional<std::vector<std::string>> files;  ///< `--files-from`: paths relative to `root`, as bytes
  std::filesystem::path root;                     ///< `--root`; empty: the current folder
  std::vector<std::string> splits = {"train"};    ///< npz: arrays to protect; {"all"}: every one
  CodecLimits limits;
  std::uint64_t max_array_bytes = std::uint64_t{1} << 36;  ///< npz: largest array taken into memory
  std::string output_format;            ///< empty: as each item is stored; else a name of output_formats()
  std::vector<std::string> carry = {};  ///< `--carry`: patterns of files that are copied though they are no images
  bool resume = false;                  ///< the output may exist and is continued
  bool overwrite = false;               ///< the output may exist and is replaced item by item
  bool shared_output = false;           ///< other shards write there at the same time: leave their unfinished files
  StudyOptions study;
  /// Item::facts by id, where a plan has them: they win over what a scan would find.
  std::optional<std::unordered_map<std::string, std::string>> facts;
  std::optional<Subkey> uid_key;  ///< ReleaseKeys::uids, for a writer that maps identifiers
  bool released = false;          ///< the input is a release that is to be checked, not protected
  unsigned jobs = 1;              ///< threads of a scan that reads pixels
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
