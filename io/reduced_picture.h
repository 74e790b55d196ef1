#pragma once
#include <cstddef>

#include "core/bytes.h"
#include "core/image.h"

namespace wardmark {

/// The rows [first_row, first_row + rows) of `image` at `width` x `height`, neither larger than they are: means over
/// boxes of whole pixels, rounded half up. Same depth and channels. Integers only. One pass.
Image reduced_picture(const Image& image, int first_row, int rows, int width, int height);

/// A baseline JPEG of `image` that fits into `width` x `height` pixels and `room` bytes, with the picture's own aspect;
/// alpha is left away, 16 bits become 8. Quality and then size are lowered until it fits; empty when nothing does,
/// which takes a room of less than about 700 bytes. Same input, same bytes.
Bytes drawn_preview(const Image& image, int width, int height, std::size_t room);

}  // namespace wardmark
