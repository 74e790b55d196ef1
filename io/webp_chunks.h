#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/bytes.h"

namespace wardmark {

/// One chunk of a WebP file; points into the file.
struct WebpChunk {
  std::string_view name;  ///< four characters: "VP8 ", "EXIF"
  ByteView data;          ///< without the padding byte
};

/// Bits of the first byte of VP8X.
struct WebpFlags {
  static constexpr std::uint8_t animation = 0x02, xmp = 0x04, exif = 0x08, alpha = 0x10, icc = 0x20;
};

/// Where the parts of a WebP file are (RFC 9649).
struct WebpLayout {
  std::vector<WebpChunk> chunks;  ///< all, in order
  bool extended = false;          ///< the first one is VP8X
  std::size_t end = 0;            ///< position behind what the RIFF header counts
};

/// Error(image_broken): "damaged WebP: " and `what`.
[[noreturn]] void refuse_broken_webp(const std::string& what);

/// Walks the chunks. Error(image_broken) when they leave the file or there is not exactly one picture;
/// (image_animated) for an animation. One pass over the chunk headers.
WebpLayout read_webp_layout(ByteView file);

/// ALPH, "VP8 " and VP8L: what holds the picture.
bool is_webp_picture(std::string_view name);

/// Adds a chunk with its length and padding.
void put_webp_chunk(Bytes& file, std::string_view name, ByteView data);

}  // namespace wardmark
