#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/bytes.h"
#include "core/report.h"
#include "io/exif.h"
#include "io/png_chunks.h"

namespace wardmark {

/// A chunk to be written again.
struct CarriedChunk {
  std::array<std::uint8_t, 4> name{};
  Bytes data;
};

/// What is written back beside the picture.
struct PngMetadata {
  std::vector<CarriedChunk> before;                       ///< between IHDR and the image data, in file order
  std::vector<CarriedChunk> after;                        ///< behind the image data
  int orientation = 1;                                    ///< from EXIF
  std::vector<Note> notes;                                ///< what was left out or is drawn anew
  std::optional<ExifThumbnail> thumbnail = std::nullopt;  ///< of the EXIF chunk, counted from its data
};

/// The chunks of `file` that may be written beside a changed picture: colour, size, time, background and text chunks
/// byte for byte, eXIf and XMP without pictures, unknown chunks that are marked safe to copy, have at most 64 bytes and
/// hold no picture. Left out and noted: C2PA, all other unknown chunks, texts as clean_png_text() says, all
/// behind IEND. Error(image_animated), (image_unsupported: a transparent colour), (metadata_broken: a wrong
/// checksum), and those of clean_exif().
PngMetadata carried_metadata(ByteView file, const PngLayout& layout);

}  // namespace wardmark
