#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/bytes.h"
#include "core/report.h"

namespace wardmark {

/// An EXIF block without pictures.
struct Exif {
  Bytes block;              ///< same offsets as the input; shorter only when what was removed stood last
  int orientation = 1;      ///< 1..8; 1 where it is not stated
  std::vector<Note> notes;  ///< what was removed
};

/// Pictures of the file outside the EXIF block (behind the end marker), which a maker note may point at.
struct ExifSurroundings {
  std::int64_t file_start = 0;               ///< position of the file's first byte, counted from the block (<= 0)
  std::vector<std::int64_t> picture_starts;  ///< counted from the block's first byte
};

/// `block` (from "II*\0" or "MM\0*" on) without embedded pictures: the thumbnail directory (IFD1 and what follows it),
/// sub-images and strips are unlinked and their bytes zeroed, an embedded Photoshop block is removed, embedded XMP is
/// cleaned. No other byte changes and no offset moves, so every other tag, maker notes included, reads as before.
/// Error(metadata_preview): a maker note, or any other tag, holds or points at a picture; those cannot be removed
/// without breaking the note. Error(metadata_broken): a structure too damaged to be sure, unless it is small enough
/// (2048 bytes) to hold no picture and then it is carried as it is. Linear but for a logarithm. Thread-safe.
Exif clean_exif(ByteView block, const ExifSurroundings& around = {});

}  // namespace wardmark
