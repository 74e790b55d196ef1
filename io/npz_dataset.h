#pragma once
#include <filesystem>
#include <memory>

#include "io/dataset_format.h"

namespace wardmark {

/// NumPy archives in the MedMNIST layout: {train,val,test}_images of unsigned 8 or 16 bits, N x H x W or N x H x W x C
/// (C 1, 3 or 4, the fourth being opacity) in C order, and {train,val,test}_labels, N or N x 1 integers.

/// Items are "train/000123", numbers padded to the width of N. Those outside options.splits have `protect` false; their
/// arrays and every array that is none of these are noted as left_clean. Labels are the decimal text of the integers,
/// or lines of options.class_names; none with `--labels none`. Headers and labels are read now, each image array as a
/// whole when its first item is fetched (memory: the array). Error(read_failed) for damaged files or shapes larger than
/// the data, (input_missing) for another layout, (labels_format) for several labels per item or other lengths.
std::unique_ptr<DatasetReader> open_npz_dataset(const std::filesystem::path& input, const DatasetOptions& options);

/// Writes one .npz to `output`, or into it when it is a folder: the same members in the same order; protected arrays
/// packed anew, all others copied as they are packed. Same input, same bytes. An item that was never staged comes out
/// blank (all 0), so that no clean picture leaves with the release. Memory: one copy of the protected arrays, and the
/// packed file at finish().
std::unique_ptr<DatasetWriter> create_npz_writer(const DatasetReader& reader, const std::filesystem::path& output,
                                                 const DatasetOptions& options);

/// Row of the format table: a file named .npz, or any file with `--format npz`.
bool recognises_npz(const std::filesystem::path& input, const DatasetOptions& options);

}  // namespace wardmark
