#pragma once
#include "core/bytes.h"
#include "core/dataset.h"
#include "io/codec.h"
#include "io/portable_metadata.h"

namespace wardmark {

bool recognises_webp(ByteView head);

/// RGB of 8 bits, with alpha where a pixel is not opaque; lossy and lossless. Errors: image_broken, image_animated,
/// image_too_large, and those of clean_exif().
Picture decode_webp(ByteView file, const CodecLimits& limits);

/// The same pixels; the chunks beside them are not looked at.
void decode_webp_rows(ByteView file, const CodecLimits& limits, RowSink& sink);

/// Lossless as lossless, with the colours under transparent pixels; lossy as lossy at quality 95, alpha unchanged. The
/// container and its other chunks in their order.
Bytes encode_webp(const Picture& original, const Image& changed);

/// A new lossless WebP of `changed` (8 bits, colour) with what came with the picture. Error(image_unsupported) for
/// grey, 16 bits or a side above 16383.
Bytes convert_to_webp(PortableMetadata carried, const Image& changed);

/// From the header alone; {0, 0} where it cannot be read.
Dimensions webp_dimensions(ByteView file);

}  // namespace wardmark
