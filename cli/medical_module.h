#pragma once
#include <filesystem>
#include <memory>

#include "io/dataset_format.h"
#include "medical/instance_facts.h"

namespace wardmark {

/// DICOM studies by the module wardmark-medical.so, which alone is linked with DCMTK and OpenJPEG: their libraries take
/// as long to load as the program needs to start. As open_study() and create_study_writer(); Error(engine_missing) when
/// the module is not installed.
std::unique_ptr<DatasetReader> open_study_by_module(const std::filesystem::path& input, const DatasetOptions& options);
std::unique_ptr<DatasetWriter> create_study_writer_by_module(const DatasetReader& reader,
                                                             const std::filesystem::path& output,
                                                             const DatasetOptions& options);

/// As instance_facts().
InstanceFacts instance_facts_by_module(const DatasetReader& reader, std::size_t i);

/// The one symbol of the module fills this.
struct MedicalEntry {
  std::unique_ptr<DatasetReader> (*open)(const std::filesystem::path& input, const DatasetOptions& options);
  std::unique_ptr<DatasetWriter> (*create)(const DatasetReader& reader, const std::filesystem::path& output,
                                           const DatasetOptions& options);
  InstanceFacts (*facts)(const DatasetReader& reader, std::size_t i);
};
using FillMedicalEntry = void (*)(MedicalEntry& entry);
inline constexpr const char* kMedicalEntryName = "wardmark_medical";

}  // namespace wardmark
