#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "core/bytes.h"
#include "core/report.h"
#include "io/tiff_directory.h"
#include "io/tiff_layout.h"

namespace wardmark {

struct TiffSpan {
  std::size_t begin = 0, end = 0;
};

/// The tags of a TIFF file that may be written beside changed pictures, at the positions they have. Cleans `bytes` in
/// place; what nobody keeps is left out at the end.
class TiffTags {
 public:
  /// `file` is a view of `bytes`; both must outlive this.
  TiffTags(Bytes& bytes, const TiffBlock& file) : bytes_(bytes), file_(file) {}

  /// Bytes to keep as they are; what lies behind the end of the file is ignored.
  void keep(std::uint64_t begin, std::uint64_t end);
  /// Overwrites an offset of a directory or of the header.
  void put_offset(std::size_t at, std::uint64_t value);
  /// Keeps the directory at `at` with its values, without what could show the clean picture. `sub_images` is asked with
  /// the offsets of tag 330 and says whether they stay. Error(metadata_preview) and (image_broken).
  using SubImages = std::function<bool(std::span<const std::uint64_t>)>;
  void keep_directory(std::size_t at, const SubImages& sub_images);

  /// What was kept. Error(image_broken) when it shares bytes with `data`.
  std::vector<TiffPiece> pieces(std::vector<TiffSpan> data);
  const std::vector<Note>& notes() const { return notes_; }

 private:
  bool keep_entry(const TiffEntry& entry, const SubImages& sub_images);
  bool keep_value(const TiffEntry& entry);
  bool keep_xmp(const TiffEntry& entry);
  bool keep_photoshop(const TiffEntry& entry);
  bool keep_pictures(const TiffEntry& entry, const SubImages& sub_images);
  bool keep_inner_directory(std::uint64_t at, int depth);
  void remove_entries(const TiffDirectory& directory, const std::vector<const TiffEntry*>& removed);
  void put(std::size_t at, std::uint64_t value, std::size_t size);
  ByteView value_of(const TiffEntry& entry) const;
  void note(Code code, const std::string& detail) { notes_.push_back({code, detail}); }

  Bytes& bytes_;
  const TiffBlock& file_;
  std::vector<TiffSpan> spans_;
  std::vector<Note> notes_;
  std::uint64_t work_ = 0;
};

}  // namespace wardmark
