#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace wardmark {

/// Side of the square over which salience is averaged before pixels are chosen: chosen pixels then lie together, and a
/// texture in them keeps its period.
inline constexpr int kMaskWindow = 5;

/// How much happens around each pixel of a picture of 8 bits (height x width x channels): sums over a window of 5 x 5
/// of the absolute differences to the neighbours on the right and below, over all channels. Whole numbers.
std::vector<std::uint32_t> local_activity(std::span<const std::uint8_t> samples, int width, int height, int channels);

/// 1 for the floor(rho x pixels) places of largest salience, 0 elsewhere; of equal ones the first. Places of salience 0
/// (background, padding) are never taken.
std::vector<std::uint8_t> most_salient(std::span<const std::uint32_t> salience, double rho);

}  // namespace wardmark
