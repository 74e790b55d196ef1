#pragma once
#include <optional>

#include "core/bytes.h"
#include "core/report.h"
#include "io/png_chunks.h"

namespace wardmark {

/// A text chunk without pictures.
struct PngText {
  std::optional<Bytes> data;  ///< to be written as a chunk of the same name; nothing: leave it out
  std::optional<Note> note;   ///< what was left out
};

/// For tEXt, zTXt and iTXt. XMP goes through clean_xmp(); other texts are kept byte for byte or left out whole, when
/// they hold a picture, plain or as base64, or an EXIF, XMP or Photoshop block in hexadecimal ("Raw profile type").
/// Compressed texts are inflated to at most 4 MiB for this look and left out when that is not enough or does not work.
/// Never throws for bad input.
PngText clean_png_text(const PngChunk& chunk);

}  // namespace wardmark
