#pragma once
#include <filesystem>
#include <span>
#include <string_view>

#include "io/dataset_format.h"

namespace wardmark {

/// The only list of data set formats; the first row that recognises an input opens it.
std::span<const DatasetFormat> dataset_formats();
const DatasetFormat* find_dataset_format(std::string_view name);
/// The row for an input, or the one `--format` names. Error(input_missing).
const DatasetFormat& dataset_format_for(const std::filesystem::path& input, const DatasetOptions& options);

}  // namespace wardmark
