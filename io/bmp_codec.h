#pragma once
#include "core/bytes.h"
#include "core/dataset.h"
#include "io/codec.h"

namespace wardmark {

/// "BM" alone is two letters of text; the header size behind it is one of the known ones.
bool recognises_bmp(ByteView head);

/// Uncompressed pictures of 24 or 32 bits a pixel, the fourth byte as it is, and of 8 bits with the palette of all
/// greys in order. Errors: image_broken, image_palette, image_low_depth, image_coding, image_too_large.
Picture decode_bmp(ByteView file, const CodecLimits& limits);

/// The same pixels, 16 rows at a time.
void decode_bmp_rows(ByteView file, const CodecLimits& limits, RowSink& sink);

/// Header, palette and colour profile byte for byte, rows in the file's order.
Bytes encode_bmp(const Picture& original, const Image& changed);

/// From the header; {0, 0} where it is not there.
Dimensions bmp_dimensions(ByteView file);

}  // namespace wardmark
