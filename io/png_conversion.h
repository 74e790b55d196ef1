#pragma once
#include "core/bytes.h"
#include "core/image.h"
#include "io/portable_metadata.h"

namespace wardmark {

/// A new PNG of `changed` (8 or 16 bits, 1 to 4 channels) with what came with the picture: EXIF with the orientation
/// (eXIf), the colour profile (iCCP), XMP (iTXt). Same input, same bytes.
Bytes convert_to_png(PortableMetadata carried, const Image& changed);

}  // namespace wardmark
