#include "perturb/class_texture.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "core/random.h"

namespace wardmark {
namespace {

constexpr std::uint32_t kTurn = 65536;
constexpr std::array<std::uint32_t, 3> kSteps = {kTurn / 4, kTurn / 3, kTurn / 2};
constexpr std::uint32_t kWaves = kSteps.size() * kSteps.size() - 1;

/// Both steps of wave `place`: all pairs but the longest, the first.
std::pair<std::uint32_t, std::uint32_t> steps_of(std::uint32_t place) {
  return {kSteps[(place + 1) / kSteps.size()], kSteps[(place + 1) % kSteps.size()]};
}

/// No period of 4 px.
bool is_short(std::uint32_t place) {
  const auto [across, down] = steps_of(place);
  return across > kSteps[0] && down > kSteps[0];
}

/// Which waves a slot takes, none twice in a row: first all single ones, then all pairs, and so on.
std::vector<std::uint32_t> places_of(std::uint32_t slot) {
  std::uint64_t rest = slot, many = kWaves;
  std::size_t length = 1;
  while (rest >= many) {
    rest -= many;
    many *= kWaves - 1;
    ++length;
  }
  std::vector<std::uint32_t> places = {static_cast<std::uint32_t>(rest % kWaves)};
  rest /= kWaves;
  while (places.size() < length) {
    const auto other = static_cast<std::uint32_t>(rest % (kWaves - 1));
    places.push_back(other < places.back() ? other : other + 1);
    rest /= kWaves - 1;
  }
  return places;
}

}  // namespace

ClassTexture keyed_texture(const Subkey& pool_key, std::uint32_t slot) {
  Stream order(pool_key.derive("class-texture"), "order");
  std::vector<std::uint32_t> drawn = order.permutation(kWaves);
  std::ranges::stable_partition(drawn, is_short);
  Stream phases(pool_key.derive("class-texture", {std::to_string(slot)}), "phase");
  ClassTexture texture;
  for (const std::uint32_t place : places_of(slot)) {
    const auto [across, down] = steps_of(drawn[place]);
    texture.waves.push_back({across, down, phases.below(kTurn)});
  }
  return texture;
}

std::vector<std::int8_t> textured_change(const ClassTexture& texture, std::span<const std::uint8_t> mask, int width,
                                         int height, int channels, int amplitude) {
  const std::size_t c = static_cast<std::size_t>(channels);
  std::vector<std::int8_t> change(mask.size() * c, 0);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const std::size_t pixel =
          static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x);
      if (mask[pixel] == 0) continue;
      const auto value = static_cast<std::int8_t>(texture.at(x, y) * amplitude);
      for (std::size_t k = 0; k < c; ++k) change[pixel * c + k] = value;
    }
  }
  return change;
}

}  // namespace wardmark
