#pragma once
#include "core/bytes.h"
#include "medical/pixel_format.h"

namespace wardmark {

/// One frame of a JPEG 2000 code stream (or JP2 file), as samples of `format.allocated` bits in host order,
/// interleaved, colour as RGB. Strict decoding by OpenJPEG. Error(dcm_022) when it cannot be decoded, (dcm_023) when
/// size, components or precision differ from the header; a sign that alone differs follows the header. Thread-safe.
Bytes decode_jpeg2000(ByteView stream, const PixelFormat& format);

}  // namespace wardmark
