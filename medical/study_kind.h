#pragma once
#include <filesystem>

#include "io/dataset_format.h"

namespace wardmark {

/// True for a DICOM file, for a folder that holds one, and for a list of files whose first is one: by the "DICM" behind
/// 128 bytes. Files whose names end like those of images are not opened, links not followed. Needs no DCMTK.
bool recognises_study(const std::filesystem::path& input, const DatasetOptions& options);

/// True for a file that a study's scan takes for a DICOM object, good or broken: by its first bytes, or by an extension
/// that DICOM files have.
bool is_dicom_file(const std::filesystem::path& file);

}  // namespace wardmark
