#pragma once
#include "core/image.h"
#include "medical/pixel_format.h"

namespace wardmark {

/// Samples of one frame of raw pixels into `rows` rows of `out` from row `first` on. `raw` holds format.frame_bytes().
void unpack_frame(const std::uint8_t* raw, const PixelFormat& format, Image& out, int first);

/// The reverse, only where a sample of `changed` differs from that of `raw`: bits outside the stored ones stay, but
/// with `carry` they hold copies of the sign where a value changes. For monochrome and RGB.
void pack_frame(std::uint8_t* raw, const PixelFormat& format, const Image& changed, int first, bool carry);

/// True when every word of a frame of signed values carries its sign on into the bits above the stored ones.
bool carries_sign(const std::uint8_t* raw, const PixelFormat& format);
/// True when every bit of a monochrome frame beside the stored ones is 0.
bool spare_bits_clear(const std::uint8_t* raw, const PixelFormat& format);

}  // namespace wardmark
