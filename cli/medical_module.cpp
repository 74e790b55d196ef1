#include "cli/medical_module.h"

#include "cli/module.h"

namespace wardmark {
namespace {

MedicalEntry medical() {
  // wardmark-nn has another CharLS of the same function names (by OpenCV and GDCM) than DCMTK brings: DCMTK's calls
  // would go there, with structures of another layout.
  const auto fill = reinterpret_cast<FillMedicalEntry>(
      module_symbol("wardmark-medical.so", kMedicalEntryName, "DICOM studies", Lookup::own_libraries_first));
  MedicalEntry entry{};
  fill(entry);
  return entry;
}

}  // namespace

std::unique_ptr<DatasetReader> open_study_by_module(const std::filesystem::path& input, const DatasetOptions& options) {
  return medical().open(input, options);
}

std::unique_ptr<DatasetWriter> create_study_writer_by_module(const DatasetReader& reader,
                                                             const std::filesystem::path& output,
                                                             const DatasetOptions& options) {
  return medical().create(reader, output, options);
}

InstanceFacts instance_facts_by_module(const DatasetReader& reader, std::size_t i) {
  return medical().facts(reader, i);
}

}  // namespace wardmark
