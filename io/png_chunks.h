#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/bytes.h"

namespace wardmark {

inline constexpr std::string_view kPngSignature{"\x89PNG\r\n\x1a\n", 8};

/// One chunk of a PNG file; points into the file.
struct PngChunk {
  std::string_view name;  ///< four letters
  ByteView data;
  ByteView whole;  ///< with length, name and checksum
};

struct PngHeader {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  int depth = 0;
  int colour_type = 0;
  int interlace = 0;
};

struct PngLayout {
  PngHeader header;
  std::vector<PngChunk> chunks;  ///< all, from IHDR to IEND
  std::size_t end = 0;           ///< position behind IEND
};

/// Error(image_broken): "damaged PNG: " and `what`.
[[noreturn]] void refuse_broken_png(const std::string& what);

/// Walks the chunks. Error(image_broken) when they do not lead from IHDR to IEND, when image data are not consecutive
/// or IHDR's checksum is wrong. Other checksums are not looked at here. One pass over the chunk headers.
PngLayout read_png_layout(ByteView file);

/// The chunk's stored checksum is that of its name and data.
bool checksum_fits(const PngChunk& chunk);

}  // namespace wardmark
