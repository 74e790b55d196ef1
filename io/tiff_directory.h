#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/bytes.h"

namespace wardmark {

/// One row of a TIFF directory, with its bounds checked.
struct TiffEntry {
  std::uint16_t tag = 0;
  std::uint16_t type = 0;
  std::uint64_t count = 0;
  std::size_t at = 0;      ///< position of its 12 bytes (BigTIFF: 20)
  std::size_t value = 0;   ///< position of the value: inside the entry for up to 4 bytes (BigTIFF: 8)
  std::uint64_t size = 0;  ///< bytes of the value; 0 for an unknown type
  bool inside = false;     ///< the whole value lies inside the block
  bool apart = false;      ///< the value lies outside the entry
};

struct TiffDirectory {
  std::size_t at = 0;  ///< position of the entry count
  std::vector<TiffEntry> entries;
  bool complete = false;    ///< the table and the pointer behind it lie inside the block
  std::uint64_t next = 0;   ///< offset of the next directory, 0 for none
  std::size_t next_at = 0;  ///< position of that pointer
  std::size_t link = 4;     ///< its bytes
  std::size_t end() const { return next_at + (complete ? link : 0); }
};

/// Read-only view of a TIFF structure, as EXIF uses it: "II*\0" or "MM\0*", then directories linked by offsets from
/// the first byte; or of a BigTIFF file. Every access is checked. Does not own the bytes.
class TiffBlock {
 public:
  explicit TiffBlock(ByteView bytes);

  /// The header is that of a TIFF structure with offsets of 4 bytes.
  bool recognised() const;
  /// The header is that of a BigTIFF file: offsets of 8 bytes.
  bool recognised_big() const { return wide_; }
  bool big_endian() const { return bytes_[0] == 'M'; }
  /// Offset of the first directory.
  std::uint64_t first() const { return wide_ ? u64(8) : u32(4); }
  std::size_t size() const { return bytes_.size(); }
  ByteView bytes() const { return bytes_; }

  /// Numbers at a position the caller has checked.
  std::uint16_t u16(std::size_t at) const;
  std::uint32_t u32(std::size_t at) const;
  std::uint64_t u64(std::size_t at) const;

  /// The directory at `at`; nothing when not even its count and one entry lie inside the block. A table that runs out
  /// of the block gives the entries that fit and `complete` false.
  std::optional<TiffDirectory> directory(std::size_t at) const;
  /// Number `i` of a BYTE, SHORT, LONG, IFD, LONG8 or IFD8 entry; nothing for other types or outside the block.
  std::optional<std::uint64_t> number(const TiffEntry& entry, std::size_t i = 0) const;

 private:
  TiffEntry entry(std::size_t at) const;
  std::size_t entry_bytes() const { return wide_ ? 20 : 12; }
  ByteView bytes_;
  bool wide_ = false;
};

}  // namespace wardmark
