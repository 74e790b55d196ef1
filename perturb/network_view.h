#pragma once
#include <cstdint>

#include "core/dataset.h"
#include "core/image.h"

namespace wardmark {

/// A picture as networks see it: opacity dropped, brought to width x height (area average to shrink, linear to enlarge,
/// aspect not kept), 8 bits a sample; `channels` 1 (the luma of a colour picture) or 3
/// (grey is repeated). Writes height x width x channels bytes to `to`. Thread-safe.
void network_view(const Image& image, int width, int height, int channels, std::uint8_t* to);

/// The same of one frame of `image`, which is the picture's own or a changed one: under its tone, and turned over where
/// the picture is inverted.
void network_view(const Picture& picture, const Image& image, int frame, int width, int height, int channels,
                  std::uint8_t* to);

}  // namespace wardmark
