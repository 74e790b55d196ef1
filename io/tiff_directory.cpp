#include "io/tiff_directory.h"

#include <array>

#include "io/byte_order.h"

namespace wardmark {

namespace {

constexpr std::size_t kEntryBytes = 12;
constexpr std::uint16_t kByte = 1, kShort = 3, kLong = 4, kIfd = 13;

/// Bytes per value by field type (TIFF 6.0 section 2; 13 is IFD); 0 for unknown types.
std::uint64_t type_size(std::uint16_t type) {
  constexpr std::array<std::uint8_t, 14> kSizes = {0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4};
  return type < kSizes.size() ? kSizes[type] : 0;
}

}  // namespace

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

TiffEntry TiffBlock::entry(std::size_t at) const {
  TiffEntry entry;
  entry.at = at;
  entry.tag = u16(at);
  entry.type = u16(at + 2);
  entry.count = u32(at + 4);
  entry.size = type_size(entry.type) * entry.count;
  entry.apart = entry.size > 4;
  entry.value = entry.apart ? u32(at + 8) : at + 8;
  entry.inside = entry.value <= bytes_.size() && entry.size <= bytes_.size() - entry.value;
  return entry;
}

std::optional<TiffDirectory> TiffBlock::directory(std::size_t at) const {
  if (at < 8 || at > bytes_.size() || bytes_.size() - at < 2 + kEntryBytes) return std::nullopt;
  TiffDirectory directory;
  directory.at = at;
  const std::size_t count = u16(at);
  if (count == 0) return std::nullopt;
  const std::size_t fitting = (bytes_.size() - at - 2) / kEntryBytes;
  const std::size_t read = count < fitting ? count : fitting;
  directory.entries.reserve(read);
  for (std::size_t i = 0; i < read; ++i) directory.entries.push_back(entry(at + 2 + i * kEntryBytes));
  directory.next_at = at + 2 + read * kEntryBytes;
  directory.complete = read == count && bytes_.size() - directory.next_at >= 4;
  if (directory.complete) directory.next = u32(directory.next_at);
  return directory;
}

std::optional<std::uint32_t> TiffBlock::number(const TiffEntry& entry, std::size_t i) const {
  if (!entry.inside || i >= entry.count) return std::nullopt;
  switch (entry.type) {
    case kByte:
      return bytes_[entry.value + i];
    case kShort:
      return u16(entry.value + 2 * i);
    case kLong:
    case kIfd:
      return u32(entry.value + 4 * i);
    default:
      return std::nullopt;
  }
}

}  // namespace wardmark
