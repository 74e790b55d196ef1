#pragma once
#include <dcmtk/config/osconfig.h>
//
#include <dcmtk/dcmdata/dcdatset.h>

#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "io/dataset_format.h"
#include "medical/object_facts.h"
#include "medical/pixel_access.h"
#include "medical/study.h"

namespace wardmark {

/// A decoded object on its way to encode(), which uses it up.
struct ObjectForm final : StoredForm {
  mutable std::mutex lock;
  mutable DicomObject object;
  mutable RawPixels raw;
  std::unique_ptr<DcmDataset> header;  ///< as it was, without pixel data
};

/// DICOM files as items: the first pass over all of them, then one at a time. fetch() and decode() are thread-safe.
class StudyReader final : public DatasetReader {
 public:
  StudyReader(std::filesystem::path root, bool single, const DatasetOptions& options);
  const Survey& survey() const override { return survey_; }
  Bytes fetch(std::size_t i) const override;
  Picture decode(std::size_t i, ByteView stored) const override;

  /// A file below the root, before scan().
  void add(std::string real, std::uint64_t bytes);
  /// Looks at all files and settles what becomes of them.
  void scan();
  bool single() const { return single_; }
  const std::filesystem::path& root() const { return root_; }
  const std::string& real_path(std::size_t i) const { return real_paths_[i]; }
  const ObjectFacts& facts(std::size_t i) const { return facts_[i]; }
  const DatasetOptions& options() const { return options_; }
  /// What lies in a release: pixels of images; of other objects nothing but their bytes counts.
  Picture decode_released(ByteView stored) const;
  /// The pixels of a released image, frame by frame.
  void decode_rows(ByteView stored, RowSink& sink) const;
  /// A file that is no item.
  void companion(const std::string& real, Code code);

 private:
  void sort();
  std::vector<StudyObject> examine_all() const;
  void take(std::vector<StudyObject> objects);
  Picture picture_of(ByteView stored, const ObjectFacts& facts) const;

  std::filesystem::path root_;
  bool single_;
  DatasetOptions options_;
  Survey survey_;
  std::vector<std::string> real_paths_;  ///< by item
  std::vector<ObjectFacts> facts_;       ///< by item
};

}  // namespace wardmark
