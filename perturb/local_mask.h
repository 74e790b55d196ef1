#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "core/key.h"
#include "perturb/salience_map.h"

namespace wardmark {

/// Where changes go: to the same place in every picture, where most happens over the data set; to the pixels where most
/// happens in each picture; or to as many scattered places, drawn for each item. The latter two are for comparison: a
/// network finds a texture much later when its place changes from picture to picture (docs/results.md).
enum class MaskRule { shared, own, random };

/// Side of the square over which salience is averaged before pixels are chosen: chosen pixels then lie together, and a
/// texture in them keeps its period.
inline constexpr int kMaskWindow = 5;

/// Below this activity a channel, a step of one level between neighbours on average, surroundings count as flat:
/// background and padding, also with the noise that a JPEG leaves there.
inline constexpr std::uint32_t kFlatActivity = 2 * kMaskWindow * kMaskWindow;

/// How much happens around each pixel of a picture of 8 bits (height x width x channels): sums over a window of 5 x 5
/// of the absolute differences to the neighbours on the right and below, over all channels. Whole numbers.
std::vector<std::uint32_t> local_activity(std::span<const std::uint8_t> samples, int width, int height, int channels);

/// A picture as a mask sees it: 8 bits, height x width x channels.
struct MaskedPicture {
  std::span<const std::uint8_t> samples;
  int width = 0, height = 0, channels = 0;
  std::string_view id;
};
/// What a rule goes by, 0 where local_activity() is below kFlatActivity a channel: one more than the map's value
/// (shared), local_activity() (own, and shared without a map), or the words of Stream(derive(pool key, "random-mask"),
/// "place", id), one a pixel, with the last bit set (random).
std::vector<std::uint32_t> salience(MaskRule rule, const MaskedPicture& picture, const SalienceMap& map,
                                    const Subkey& pool_key);

/// 1 for the floor(rho x pixels) places of largest salience, 0 elsewhere; of equal ones the first. Places of salience 0
/// (background, padding) are never taken.
std::vector<std::uint8_t> most_salient(std::span<const std::uint32_t> salience, double rho);

}  // namespace wardmark
