#pragma once
#include <filesystem>
#include <memory>

#include "io/dataset_format.h"

namespace wardmark {

/// Data sets whose items are files: a folder tree with class folders, a flat folder with a label file, a list of files,
/// one file.

/// A folder, or with options.files the listed files under options.root (else the current folder; `input` is unused), or
/// one file. Scans at once; files are read by fetch() alone. Error(input_missing) when there is nothing or it is a
/// record, (input_empty) when it holds no item, and those of scan_folder(), scan_list() and apply_labels().
std::unique_ptr<DatasetReader> open_file_dataset(const std::filesystem::path& input, const DatasetOptions& options);

/// Writes the same tree under `output`: real paths as bytes, another extension where options.output_format changes the
/// format (the new extension takes the place of the old). One file goes to `output` itself, or into it when it is a
/// folder. A sidecar is copied in the same batch as its image. With options.resume and without options.shared_output
/// unfinished files under `output` are removed first. `reader` must come from open_file_dataset() and outlive the
/// writer. Error(name_collision) naming both items, (output_kind) and those of check_output_place().
std::unique_ptr<DatasetWriter> create_file_writer(const DatasetReader& reader, const std::filesystem::path& output,
                                                  const DatasetOptions& options);

/// Rows of the format table.
bool recognises_folder(const std::filesystem::path& input, const DatasetOptions& options);
bool recognises_list(const std::filesystem::path& input, const DatasetOptions& options);
bool recognises_single_file(const std::filesystem::path& input, const DatasetOptions& options);

}  // namespace wardmark
