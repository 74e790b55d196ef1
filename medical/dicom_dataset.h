#pragma once
#include <filesystem>
#include <memory>

#include "io/dataset_format.h"

namespace wardmark {

/// DICOM studies as a data set: every file of a folder, of a list, or one file, is an item that is protected, carried
/// or refused (docs/dicom.md). Opening reads and decodes every file once on options.jobs threads, unless options.facts
/// (of a plan) already say what was found.
std::unique_ptr<DatasetReader> open_study(const std::filesystem::path& input, const DatasetOptions& options);

/// Writes the same tree with UIDs mapped under options.uid_key. `reader` must come from open_study() and outlive the
/// writer.
std::unique_ptr<DatasetWriter> create_study_writer(const DatasetReader& reader, const std::filesystem::path& output,
                                                   const DatasetOptions& options);

}  // namespace wardmark
