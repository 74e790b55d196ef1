#pragma once
#include <filesystem>
#include <memory>

#include "io/dataset_format.h"

namespace wardmark {

/// CIFAR binary files: records of one label byte (CIFAR-10) or a coarse and a fine one (CIFAR-100, the fine one counts)
/// and 32 x 32 pixels as three planes.

/// Items are the record numbers, padded to the width of their count; a record is fetched with its label bytes. Which of
/// the two it is comes from the file size, or from options.format ("cifar10", "cifar100"). Labels are decimal text, or
/// lines of options.class_names. A record with a label above 9 or 99 has no label and is refused by decode()
/// (image_broken); the rest goes on. Error(input_missing) when the size fits neither or both, (input_empty).
std::unique_ptr<DatasetReader> open_cifar_dataset(const std::filesystem::path& input, const DatasetOptions& options);

/// Writes one file of the same length to `output`, or into it when it is a folder. A record that was never staged keeps
/// its label bytes and comes out black. Memory is flat.
std::unique_ptr<DatasetWriter> create_cifar_writer(const DatasetReader& reader, const std::filesystem::path& output,
                                                   const DatasetOptions& options);

/// Row of the format table: a file named .bin, or any file with `--format cifar`, `cifar10` or `cifar100`.
bool recognises_cifar(const std::filesystem::path& input, const DatasetOptions& options);

}  // namespace wardmark
