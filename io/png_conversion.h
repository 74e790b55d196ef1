#pragma once
#include "core/bytes.h"
#include "core/image.h"

namespace wardmark {

/// A new PNG of `changed` (8 or 16 bits, 1 to 4 channels) with what the JPEG file `jpeg` carried beside its pixels and
/// a changed picture may keep: EXIF with the orientation (eXIf), the colour profile (iCCP), XMP (iTXt), all without
/// pictures. IPTC, comments and the pixel density stay behind. Errors of Kind::item as decoding `jpeg` gives. Same
/// input, same bytes; thread-safe. Source: PNG specification, third edition.
Bytes convert_jpeg_to_png(ByteView jpeg, const Image& changed);

}  // namespace wardmark
