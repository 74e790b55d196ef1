#pragma once
#include "core/bytes.h"
#include "core/dataset.h"
#include "io/codec.h"

namespace wardmark {

bool recognises_png(ByteView head);

/// Grey, grey + alpha, RGB and RGBA of 8 or 16 bits, interlaced or not. Errors: image_broken (also for a wrong
/// checksum), image_palette, image_low_depth, image_animated, image_unsupported (a transparent colour), and
/// image_too_large; metadata_broken for a wrong checksum of a text or colour chunk, and those of clean_exif().
Picture decode_png(ByteView file, const CodecLimits& limits);

/// The same pixels, 16 rows at a time (an interlaced picture is held whole); the chunks beside them are not looked at.
void decode_png_rows(ByteView file, const CodecLimits& limits, RowSink& sink);

/// The same depth, channels and chunks, written without interlacing. `changed` must have the shape of the original.
Bytes encode_png(const Picture& original, const Image& changed);

/// A PNG of the pixels alone.
Bytes encode_plain_png(const Image& image);

/// From the first chunk; {0, 0} where it is not there.
Dimensions png_dimensions(ByteView file);

}  // namespace wardmark
