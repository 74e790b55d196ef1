#include "cli/dataset_formats.h"

#include <algorithm>
#include <array>
#include <string>

#include "cli/medical_module.h"
#include "core/error.h"
#include "io/cifar_dataset.h"
#include "io/file_dataset.h"
#include "io/item_id.h"
#include "io/npz_dataset.h"
#include "medical/study_kind.h"

namespace wardmark {
namespace {

constexpr std::array kFormats{
    DatasetFormat{"dicom", "DICOM files: a folder of studies, a DICOMDIR file-set, a list or one file", false,
                  recognises_study, open_study_by_module, create_study_writer_by_module},
    DatasetFormat{"list", "files named by --files-from", false, recognises_list, open_file_dataset, create_file_writer},
    DatasetFormat{"folder", "a folder tree of images", false, recognises_folder, open_file_dataset, create_file_writer},
    DatasetFormat{"npz", "an .npz archive in the MedMNIST layout", true, recognises_npz, open_npz_dataset,
                  create_npz_writer},
    DatasetFormat{"cifar", "CIFAR binary; 10 or 100 classes by the size of the file", true, recognises_cifar,
                  open_cifar_dataset, create_cifar_writer},
    DatasetFormat{"cifar10", "CIFAR-10 binary, records of 3,073 bytes", true, recognises_cifar, open_cifar_dataset,
                  create_cifar_writer},
    DatasetFormat{"cifar100", "CIFAR-100 binary, records of 3,074 bytes, fine label", true, recognises_cifar,
                  open_cifar_dataset, create_cifar_writer},
    DatasetFormat{"file", "one image", true, recognises_single_file, open_file_dataset, create_file_writer},
};

}  // namespace

std::span<const DatasetFormat> dataset_formats() { return kFormats; }

const DatasetFormat* find_dataset_format(std::string_view name) {
  const auto row = std::ranges::find(kFormats, name, &DatasetFormat::name);
  return row == kFormats.end() ? nullptr : &*row;
}

const DatasetFormat& dataset_format_for(const std::filesystem::path& input, const DatasetOptions& options) {
  if (!options.files && !std::filesystem::exists(input)) {
    throw Error(Code::input_missing, shown(input) + ": does not exist",
                "check the spelling, and the folder you are in");
  }
  if (!options.format.empty()) {
    if (const DatasetFormat* row = find_dataset_format(options.format)) return *row;
    throw Error(Code::usage, "unknown format '" + options.format + "'");
  }
  for (const DatasetFormat& row : kFormats) {
    if (row.recognises(input, options)) return row;
  }
  throw Error(Code::input_missing, shown(input) + ": no known kind of data set", "name its kind with --format");
}

}  // namespace wardmark
