#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "io/item_id.h"
#include "medical/pixel_store.h"
#include "medical/study_reader.h"
#include "medical/uid_map.h"

namespace wardmark {

/// Writes what a StudyReader read: pixels, derivation, UIDs, and nothing else. `reader` must outlive it.
class StudyWriter final : public DatasetWriter {
 public:
  StudyWriter(const StudyReader& reader, std::filesystem::path output, const DatasetOptions& options);

  std::string output_id(std::size_t i) const override { return item_id(names_[i]); }
  Bytes encode(std::size_t i, const Picture& original, const Image& changed) const override;
  bool needs_original() const override { return false; }
  bool rewrites() const override { return true; }
  Picture decode(std::size_t, ByteView stored) const override { return reader_.decode_released(stored); }
  void decode_rows(std::size_t, ByteView stored, RowSink& sink) const override { reader_.decode_rows(stored, sink); }
  Staged stage(std::size_t i, ByteView stored) override;
  Bytes read_back(const Staged& staged) const override;
  void commit(std::span<const Staged> staged) override;
  void finish() override {}
  bool resumes() const override { return !reader_.single(); }

 private:
  std::filesystem::path final_path(std::size_t i) const { return reader_.single() ? output_ : output_ / names_[i]; }
  StoredPixels put_pixels(const ObjectForm& form, bool same_pixels, const Image& changed) const;

  const StudyReader& reader_;
  std::filesystem::path output_;
  StudyOptions study_;
  UidMap map_;
  std::vector<std::string> names_;  ///< by item, relative to the output
};

}  // namespace wardmark
