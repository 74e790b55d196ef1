#pragma once
#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <vector>

#include "core/bytes.h"

namespace wardmark::tests {

/// Bytes from numbers.
inline Bytes bytes(std::initializer_list<int> values) {
  Bytes result;
  for (const int value : values) result.push_back(static_cast<std::uint8_t>(value));
  return result;
}

inline Bytes text_bytes(std::string_view text) {
  Bytes result;
  for (const char c : text) result.push_back(static_cast<std::uint8_t>(c));
  return result;
}

/// Something that starts and ends like a JPEG; `size` at least 8.
inline Bytes toy_jpeg(std::size_t size) {
  Bytes result(size);
  for (std::size_t i = 0; i < size; ++i) result[i] = static_cast<std::uint8_t>(i % 251 + 1);
  const Bytes head = bytes({0xFF, 0xD8, 0xFF, 0xDB, 0x00, 0x43});
  std::copy(head.begin(), head.end(), result.begin());
  result[size - 2] = 0xFF;
  result[size - 1] = 0xD9;
  return result;
}

/// A row of a directory: for values of up to 4 bytes `number`, else the position of the value.
struct Row {
  int tag, type;
  std::uint32_t count, number;
};

/// Writes TIFF structures by hand, so that tests know every position.
class ExifBlock {
 public:
  explicit ExifBlock(bool big_endian) : big_(big_endian) {
    data = text_bytes(big_endian ? "MM" : "II");
    u16(42);
    u32(8);
  }
  void u16(unsigned value) { number(value, 2); }
  void u32(std::uint32_t value) { number(value, 4); }
  /// A directory at the end; returns its position.
  std::size_t directory(std::initializer_list<Row> rows, std::uint32_t next) {
    const std::size_t at = data.size();
    u16(static_cast<unsigned>(rows.size()));
    for (const Row& row : rows) {
      u16(static_cast<unsigned>(row.tag));
      u16(static_cast<unsigned>(row.type));
      u32(row.count);
      if (row.type == 3 && row.count == 1) {
        u16(row.number);
        u16(0);
      } else {
        u32(row.number);
      }
    }
    u32(next);
    return at;
  }
  void append(ByteView more) { data.insert(data.end(), more.begin(), more.end()); }
  Bytes data;

 private:
  void number(std::uint32_t value, int size) {
    for (int i = 0; i < size; ++i) {
      const int shift = 8 * (big_ ? size - 1 - i : i);
      data.push_back(static_cast<std::uint8_t>(value >> shift));
    }
  }
  bool big_;
};

/// Positions of the parts of thumbnail_block().
struct ThumbnailBlock {
  Bytes data;
  std::size_t camera = 0;  ///< value of the Make tag
  std::size_t maker_note = 0;
  std::size_t second = 0;  ///< IFD1
  std::size_t thumbnail = 0;
};

/// Header, IFD0 (Make, orientation 6, pointer), Make, EXIF directory, maker note, IFD1, thumbnail, in this order.
inline ThumbnailBlock thumbnail_block(bool big_endian, ByteView maker_note, ByteView thumbnail,
                                      std::uint32_t stated_length) {
  constexpr std::uint32_t kMake = 8 + 2 + 3 * 12 + 4;
  constexpr std::uint32_t kExif = kMake + 12;
  constexpr std::uint32_t kNote = kExif + 2 + 12 + 4;
  const auto second = static_cast<std::uint32_t>(kNote + maker_note.size());
  const std::uint32_t picture = second + 2 + 3 * 12 + 4;
  ExifBlock block(big_endian);
  block.directory({{0x010F, 2, 12, kMake}, {0x0112, 3, 1, 6}, {0x8769, 4, 1, kExif}}, second);
  block.append(text_bytes(std::string_view("A camera 12\0", 12)));
  block.directory({{0x927C, 7, static_cast<std::uint32_t>(maker_note.size()), kNote}}, 0);
  block.append(maker_note);
  block.directory({{0x0103, 3, 1, 6}, {0x0201, 4, 1, picture}, {0x0202, 4, 1, stated_length}}, 0);
  block.append(thumbnail);
  return {block.data, kMake, kNote, second, picture};
}

}  // namespace wardmark::tests
