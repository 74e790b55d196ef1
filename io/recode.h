#pragma once
#include <cstdint>
#include <span>

namespace wardmark {

/// Codes 8-bit samples, height x width x channels (1 or 3), as a JPEG of this quality (1..100) and puts back what a
/// decoder makes of them. `subsample`: colour at half resolution (4:2:0), as most programs write it. The tables are
/// libjpeg's own for the quality. Thread-safe. std::bad_alloc when memory is short.
void recode_jpeg(std::span<std::uint8_t> samples, int height, int width, int channels, int quality, bool subsample);

/// The same as a lossy WebP of this quality (0..100, the coder's method 4). Grey pictures go through as R = G = B and
/// come back as the rounded mean of the three. Sides up to 16,383 (a broken promise otherwise).
void recode_webp(std::span<std::uint8_t> samples, int height, int width, int channels, int quality);

}  // namespace wardmark
