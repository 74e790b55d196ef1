#pragma once
#include "core/bytes.h"
#include "core/dataset.h"
#include "io/codec.h"

namespace wardmark {

bool recognises_jpeg(ByteView head);

/// Baseline, extended and progressive Huffman JPEGs of 8 bits, grey, YCbCr or RGB. Pixels as libjpeg's accurate
/// integer transform and smooth chroma upsampling give them. Errors: image_broken for whatever libjpeg warns about,
/// image_colour (CMYK, YCCK, two components), image_coding (12-bit, arithmetic, lossless, hierarchical),
/// image_too_large, and those of carried_metadata(). Memory: the pixels, plus the coefficients for progressive files.
Picture decode_jpeg(ByteView file, const CodecLimits& limits);

/// The same pixels, 16 rows at a time; the form and its metadata are not looked at.
void decode_jpeg_rows(ByteView file, const CodecLimits& limits, RowSink& sink);

/// The same quantisation tables, coding (sequential or progressive), restart interval and segments; no chroma
/// subsampling. `changed` must have the shape of the original.
Bytes encode_jpeg(const Picture& original, const Image& changed);

/// From the frame header; {0, 0} where there is none.
Dimensions jpeg_dimensions(ByteView file);

}  // namespace wardmark
