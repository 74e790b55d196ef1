#pragma once
#include <cstddef>

#include "core/bytes.h"

namespace wardmark {

/// An XMP packet without pictures.
struct Xmp {
  Bytes packet;             ///< as long as the input, so that nothing around it moves
  std::size_t blanked = 0;  ///< bytes overwritten by spaces
  bool readable = true;     ///< false: not UTF-8 (UTF-16 or UTF-32), or an element without an end; do not carry it
};

/// The packet with every `Thumbnails` property (any prefix) and every long base64 value (thumbnail, depth map, second
/// picture, maker note) overwritten by spaces; well-formed XML stays so. Works on bytes, parses no XML. Never throws
/// for bad input. Linear.
Xmp clean_xmp(ByteView packet);

/// Overwrites the value of the property that announces extended XMP (`HasExtendedXMP`), when the extension was left
/// out. In place; returns whether there was one.
bool blank_extension_mark(std::span<std::uint8_t> packet);

}  // namespace wardmark
