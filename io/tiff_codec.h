#pragma once
#include "core/bytes.h"
#include "core/dataset.h"
#include "io/codec.h"

namespace wardmark {

/// "II*\0", "MM\0*" and BigTIFF.
bool recognises_tiff(ByteView head);

/// Grey and RGB of 8 or 16 bits with one further channel at most, in strips or tiles, planes together or apart,
/// uncompressed or by PackBits, LZW, Deflate, zstd or LZMA; pages of one shape one below the other as frames. Errors:
/// those of read_tiff_layout(), and image_colour for colours multiplied by an alpha that is not opaque.
Picture decode_tiff(ByteView file, const CodecLimits& limits);

/// The same pixels, a strip or a row of tiles at a time.
void decode_tiff_rows(ByteView file, const CodecLimits& limits, RowSink& sink);

/// The same file with other picture data: tags stay where they are, strips and tiles are coded as before and take the
/// room of the old ones. Reduced versions are drawn anew.
Bytes encode_tiff(const Picture& original, const Image& changed);

/// Of all pages together; {0, 0} where the first directory cannot be read.
Dimensions tiff_dimensions(ByteView file);

}  // namespace wardmark
