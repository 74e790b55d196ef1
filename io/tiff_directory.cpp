#include "io/tiff_directory.h"

#include <array>

#include "io/byte_order.h"

namespace wardmark {

namespace {

constexpr std::uint16_t kByte = 1, kShort = 3, kLong = 4, kIfd = 13, kLong8 = 16, kIfd8 = 18;

/// Bytes per value by field type (TIFF 6.0 section 2; 13 is IFD; BigTIFF has 16 to 18); 0 for unknown types.
std::uint64_t type_size(std::uint16_t type, bool wide) {
  constexpr std::array<std::uint8_t, 14> kSizes = {0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4};
  if (wide && type >= kLong8 && type <= kIfd8) return 8;
  return type < kSizes.size() ? kSizes[type] : 0;
}

}  // namespace

TiffBlock::TiffBlock(ByteView bytes) : bytes_(bytes) {
  if (bytes_.size() < 16) return;
  const bool ordered = (bytes_[0] == 'I' && bytes_[1] == 'I') || (bytes_[0] == 'M' && bytes_[1] == 'M');
  wide_ = ordered && u16(2) == 43 && u16(4) == 8 && u16(6) == 0;
}

bool TiffBlock::recognised() const {
  if (bytes_.size() < 8) return false;
  const bool little = bytes_[0] == 'I' && bytes_[1] == 'I';
  const bool big = bytes_[0] == 'M' && bytes_[1] == 'M';
  return (little || big) && u16(2) == 42;
}

std::uint16_t TiffBlock::u16(std::size_t at) const {
  return big_endian() ? big16(bytes_.data() + at) : little16(bytes_.data() + at);
}

std::uint32_t TiffBlock::u32(std::size_t at) const {
  return big_endian() ? big32(bytes_.data() + at) : little32(bytes_.data() + at);
}

std::uint64_t TiffBlock::u64(std::size_t at) const {
  const std::uint64_t first = u32(at), second = u32(at + 4);
  return big_endian() ? first << 32 | second : second << 32 | first;
}

TiffEntry TiffBlock::entry(std::size_t at) const {
  TiffEntry entry;
  entry.at = at;
  entry.tag = u16(at);
  entry.type = u16(at + 2);
  entry.count = wide_ ? u64(at + 4) : u32(at + 4);
  const std::uint64_t each = type_size(entry.type, wide_);
  // A count beyond the block can only be wrong, and must not run over.
  entry.size = each * (entry.count <= bytes_.size() || !wide_ ? entry.count : bytes_.size() + 1);
  const std::size_t own = at + (wide_ ? 12 : 8);
  entry.apart = entry.size > (wide_ ? 8 : 4);
  entry.value = !entry.apart ? own : wide_ ? static_cast<std::size_t>(u64(own)) : u32(own);
  entry.inside = entry.value <= bytes_.size() && entry.size <= bytes_.size() - entry.value;
  return entry;
}

std::optional<TiffDirectory> TiffBlock::directory(std::size_t at) const {
  const std::size_t head = wide_ ? 8 : 2;
  if (at < 8 || at > bytes_.size() || bytes_.size() - at < head + entry_bytes()) return std::nullopt;
  TiffDirectory directory;
  directory.at = at;
  directory.link = wide_ ? 8 : 4;
  const std::uint64_t count = wide_ ? u64(at) : u16(at);
  if (count == 0) return std::nullopt;
  const std::size_t fitting = (bytes_.size() - at - head) / entry_bytes();
  const std::size_t read = count < fitting ? static_cast<std::size_t>(count) : fitting;
  directory.entries.reserve(read);
  for (std::size_t i = 0; i < read; ++i) directory.entries.push_back(entry(at + head + i * entry_bytes()));
  directory.next_at = at + head + read * entry_bytes();
  directory.complete = read == count && bytes_.size() - directory.next_at >= directory.link;
  if (directory.complete) directory.next = wide_ ? u64(directory.next_at) : u32(directory.next_at);
  return directory;
}

std::optional<std::uint64_t> TiffBlock::number(const TiffEntry& entry, std::size_t i) const {
  if (!entry.inside || i >= entry.count) return std::nullopt;
  switch (entry.type) {
    case kByte:
      return bytes_[entry.value + i];
    case kShort:
      return u16(entry.value + 2 * i);
    case kLong:
    case kIfd:
      return u32(entry.value + 4 * i);
    case kLong8:
    case kIfd8:
      return u64(entry.value + 8 * i);
    default:
      return std::nullopt;
  }
}

}  // namespace wardmark
