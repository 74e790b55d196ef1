#pragma once
#include "core/image.h"
#include "medical/pixel_format.h"

namespace wardmark {

/// Samples of one frame of raw pixels into `rows` rows of `out` from row `first` on. `raw` holds format.frame_bytes().
void unpack_frame(const std::uint8_t* raw, const PixelFormat& format, Image& out, int first);

/// The reverse, only where `changed` differs from `original`: bits outside the stored ones stay, but for the sign of a
/// signed value, which is carried into them where all words of the frame did so and there are no `overlays` in them.
/// For monochrome and RGB.
void pack_frame(std::uint8_t* raw, const PixelFormat& format, const Image& original, const Image& changed, int first,
                bool overlays);

}  // namespace wardmark
