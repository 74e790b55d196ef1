#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/bytes.h"
#include "core/report.h"
#include "io/exif.h"
#include "io/webp_chunks.h"

namespace wardmark {

/// A chunk to be written again.
struct CarriedWebpChunk {
  std::string name;
  Bytes data;
};

/// What is written back beside the picture.
struct WebpMetadata {
  std::vector<CarriedWebpChunk> before;                   ///< between VP8X and the picture, in file order
  std::vector<CarriedWebpChunk> after;                    ///< behind the picture
  std::uint8_t flags = 0;                                 ///< of what is carried
  int orientation = 1;                                    ///< from EXIF
  std::vector<Note> notes;                                ///< what was left out or is drawn anew
  std::optional<ExifThumbnail> thumbnail = std::nullopt;  ///< of the EXIF chunk, counted from its data
};

/// The chunks of `file` that may be written beside a changed picture: the colour profile byte for byte, EXIF and XMP
/// without pictures, unknown chunks of at most 64 bytes without one. Left out and noted: C2PA, other unknown chunks,
/// all behind the end; of a file without VP8X everything but the picture. Errors as clean_exif().
WebpMetadata carried_metadata(ByteView file, const WebpLayout& layout);

}  // namespace wardmark
