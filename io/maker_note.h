#pragma once
#include <string>

#include "core/bytes.h"
#include "io/exif.h"

namespace wardmark {

/// What of a maker note gives a picture away: "holds a picture at byte 812", "points at ...", or empty. `block` is the
/// EXIF block, the note its bytes [begin, end). Vendors put position and length of a preview anywhere in the note and
/// count from different places, so there is no table of vendors: every number of the note, in both byte orders, is
/// tried from every place in use against the pictures that exist outside the block. Never throws for bad input.
std::string maker_note_picture(ByteView block, std::size_t begin, std::size_t end, const ExifSurroundings& around);

}  // namespace wardmark
