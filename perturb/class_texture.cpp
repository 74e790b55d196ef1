#include "perturb/class_texture.h"

#include <array>
#include <string>
#include <utility>

#include "core/random.h"
#include "perturb/local_mask.h"

namespace wardmark {
namespace {

constexpr std::uint32_t kTurn = 65536;
constexpr std::array<std::uint32_t, 4> kSteps = {0, kTurn / 4, kTurn / 3, kTurn / 2};
constexpr std::uint32_t kWaves = 12;

/// Both steps of wave `place`: all pairs of which one has a period below 4.
std::pair<std::uint32_t, std::uint32_t> steps_of(std::uint32_t place) {
  std::uint32_t k = 0;
  for (std::size_t across = 0; across < kSteps.size(); ++across) {
    for (std::size_t down = 0; down < kSteps.size(); ++down) {
      if (across < 2 && down < 2) continue;
      if (k++ == place) return {kSteps[across], kSteps[down]};
    }
  }
  return {kSteps[3], kSteps[3]};
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
  const std::vector<std::uint32_t> drawn = order.permutation(kWaves);
  Stream phases(pool_key.derive("class-texture", {std::to_string(slot)}), "phase");
  ClassTexture texture;
  for (const std::uint32_t place : places_of(slot)) {
    const auto [across, down] = steps_of(drawn[place]);
    texture.waves.push_back({across, down, phases.below(kTurn)});
  }
  return texture;
}

std::vector<std::int8_t> textured_change(std::span<const std::uint8_t> samples, int width, int height, int channels,
                                         const Subkey& pool_key, std::uint32_t slot, double rho, int amplitude) {
  const ClassTexture texture = keyed_texture(pool_key, slot);
  const std::vector<std::uint8_t> mask = most_salient(local_activity(samples, width, height, channels), rho);
  std::vector<std::int8_t> change(samples.size(), 0);
  const std::size_t c = static_cast<std::size_t>(channels);
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
