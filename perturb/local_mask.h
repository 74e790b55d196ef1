#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "core/key.h"

namespace wardmark {

/// Where changes go: to the pixels where most happens, or, for comparison, to as many places drawn for each item.
enum class MaskRule { active, random };

/// Side of the square over which salience is averaged before pixels are chosen: chosen pixels then lie together, and a
/// texture in them keeps its period.
inline constexpr int kMaskWindow = 5;

/// How much happens around each pixel of a picture of 8 bits (height x width x channels): sums over a window of 5 x 5
/// of the absolute differences to the neighbours on the right and below, over all channels. Whole numbers.
std::vector<std::uint32_t> local_activity(std::span<const std::uint8_t> samples, int width, int height, int channels);

/// What a rule goes by: local_activity(), or the words of Stream(derive(pool key, "random-mask"), "place", id), one a
/// pixel, with the last bit set; 0 where local_activity() is.
std::vector<std::uint32_t> salience(MaskRule rule, std::span<const std::uint8_t> samples, int width, int height,
                                    int channels, const Subkey& pool_key, std::string_view id);

/// 1 for the floor(rho x pixels) places of largest salience, 0 elsewhere; of equal ones the first. Places of salience 0
/// (background, padding) are never taken.
std::vector<std::uint8_t> most_salient(std::span<const std::uint32_t> salience, double rho);

}  // namespace wardmark
