#pragma once
#include <cstddef>

#include "core/bytes.h"

namespace wardmark {

/// "No picture": what find_picture() and find_jpeg_body() answer.
inline constexpr std::size_t kNoPicture = static_cast<std::size_t>(-1);

/// Position, at or after `from`, of the first bytes that start a picture: a JPEG (FF D8 FF and a marker that may
/// follow), a PNG signature or a WebP header. Linear; a chance hit in random bytes has probability 6e-9 per byte.
std::size_t find_picture(ByteView bytes, std::size_t from = 0);

/// The same for JPEGs whose first byte is overwritten, as some maker notes store them: D8 FF and a segment with the
/// length it has in practice (JFIF, EXIF, quantisation or Huffman table).
std::size_t find_jpeg_body(ByteView bytes, std::size_t from = 0);

inline bool holds_picture(ByteView bytes) { return find_picture(bytes) != kNoPicture; }

/// Position behind the end marker (FF D9) of the JPEG that starts at `start`, at most `limit`; `limit` when there is
/// none. A look-out for the two bytes, not a parser: a JPEG inside the JPEG ends it early.
std::size_t jpeg_end(ByteView bytes, std::size_t start, std::size_t limit);

/// Overwrites long runs of base64 (at least 256 characters in lines of 32 or more, separated by white space or XML
/// line-break references) by spaces, in place. Prose has no such runs; every picture of more than 192 bytes that is
/// written as base64 has. Returns the number of bytes overwritten.
std::size_t blank_base64(std::span<std::uint8_t> text);

}  // namespace wardmark
