#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/bytes.h"
#include "core/image.h"
#include "core/report.h"

namespace wardmark {

/// Room for a thumbnail of the protected picture where that of the clean one was. Positions count from the block.
struct ExifThumbnail {
  std::size_t at = 0;         ///< of the JPEG
  std::size_t room = 0;       ///< its bytes at most; what it does not fill is zero
  int width = 0, height = 0;  ///< of the old one
};

/// An EXIF block without pictures.
struct Exif {
  Bytes block;              ///< same offsets as the input; shorter only when what was removed stood last
  int orientation = 1;      ///< 1..8; 1 where it is not stated
  std::vector<Note> notes;  ///< what was removed or is drawn anew
  std::optional<ExifThumbnail> thumbnail = std::nullopt;
};

/// Pictures of the file outside the EXIF block (behind the end marker), which a maker note may point at.
struct ExifSurroundings {
  std::int64_t file_start = 0;               ///< position of the file's first byte, counted from the block (<= 0)
  std::vector<std::int64_t> picture_starts;  ///< counted from the block's first byte
};

/// `block` (from "II*\0" or "MM\0*" on) without embedded pictures: the thumbnail is zeroed, to be drawn anew, where it
/// is a plain JPEG; else the thumbnail directory (IFD1 and what follows it), sub-images and strips are unlinked and
/// their bytes zeroed, an embedded Photoshop block is removed, embedded XMP is cleaned. No other byte changes and no
/// offset moves, so every other tag, maker notes included, reads as before. Error(metadata_preview): a maker note, or
/// any other tag, holds or points at a picture; those cannot be removed without breaking the note.
/// Error(metadata_broken): a structure too damaged to be sure, unless it is small enough (2048 bytes) to hold no
/// picture and then it is carried as it is. Linear but for a logarithm. Thread-safe.
Exif clean_exif(ByteView block, const ExifSurroundings& around = {});

/// Puts a thumbnail of `picture` into the room that clean_exif() left in `block`, in place.
void draw_thumbnail(std::span<std::uint8_t> block, const ExifThumbnail& thumbnail, const Image& picture);

}  // namespace wardmark
