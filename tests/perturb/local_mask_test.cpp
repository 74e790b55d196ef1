#include "perturb/local_mask.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>

using namespace wardmark;

TEST_CASE("activity is the sum of steps in a window, as a slow loop has it") {
  const int width = 9, height = 7, channels = 2;
  std::vector<std::uint8_t> samples;
  for (int i = 0; i < width * height * channels; ++i) samples.push_back(static_cast<std::uint8_t>(i * 37 % 251));
  const auto at = [&](int x, int y, int c) {
    return int{samples[static_cast<std::size_t>((y * width + x) * channels + c)]};
  };
  const auto got = local_activity(samples, width, height, channels);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      unsigned sum = 0;
      for (int v = std::max(0, y - 2); v <= std::min(height - 1, y + 2); ++v) {
        for (int u = std::max(0, x - 2); u <= std::min(width - 1, x + 2); ++u) {
          for (int c = 0; c < channels; ++c) {
            if (u + 1 < width) sum += static_cast<unsigned>(std::abs(at(u + 1, v, c) - at(u, v, c)));
            if (v + 1 < height) sum += static_cast<unsigned>(std::abs(at(u, v + 1, c) - at(u, v, c)));
          }
        }
      }
      CHECK(got[static_cast<std::size_t>(y * width + x)] == sum);
    }
  }
}

TEST_CASE("a random mask takes as many pixels, scattered, of its own for each item, and none where nothing happens") {
  std::vector<std::uint8_t> samples(40 * 40, 7);
  for (int y = 10; y < 40; ++y) {
    for (int x = 0; x < 40; ++x) samples[static_cast<std::size_t>(y * 40 + x)] = static_cast<std::uint8_t>(x * y % 97);
  }
  const auto mask_of = [&](const char* id) {
    return most_salient(salience(MaskRule::random, {samples, 40, 40, 1, id}, {}, Subkey()), 0.25);
  };
  const auto mask = mask_of("a");
  CHECK(std::ranges::count(mask, 1) == 400);
  CHECK(std::ranges::count(std::span(mask).first(7 * 40), 1) == 0);
  CHECK(mask != mask_of("b"));
  int together = 0;  // scattered: a neighbour on the right is chosen about as often as any pixel that can be
  for (std::size_t i = 0; i + 1 < mask.size(); ++i) together += mask[i] != 0 && mask[i + 1] != 0 ? 1 : 0;
  CHECK(std::abs(together - 400 * 400 / (32 * 40)) < 45);
  auto activity = local_activity(samples, 40, 40, 1);
  for (std::uint32_t& value : activity) value = value < 50 ? 0 : value;
  CHECK(salience(MaskRule::own, {samples, 40, 40, 1, "a"}, {}, Subkey()) == activity);
}

TEST_CASE("a shared mask lies at one place in pictures of every size, and never where nothing happens") {
  // The middle of the upper half is busy in both pictures, the lower right corner in one of them only.
  const auto picture = [](int side, bool corner) {
    std::vector<std::uint8_t> samples(static_cast<std::size_t>(side) * static_cast<std::size_t>(side), 9);
    for (int y = 0; y < side; ++y) {
      for (int x = 0; x < side; ++x) {
        const bool busy = (4 * x >= side && 4 * x < 3 * side && 2 * y < side) || (corner && x + y > 3 * side / 2);
        if (busy) samples[static_cast<std::size_t>(y * side + x)] = static_cast<std::uint8_t>((x ^ y) * 31 % 200);
      }
    }
    return samples;
  };
  SalienceSum one, two, both;
  const auto add = [&](SalienceSum& sum, int side, bool corner) {
    sum.add(local_activity(picture(side, corner), side, side, 1), side, side);
  };
  add(one, 32, false);
  add(one, 300, false);
  add(two, 64, true);
  add(both, 64, true);
  add(both, 300, false);
  add(both, 32, false);
  one.add(two);
  const SalienceMap map = one.mean();
  CHECK(map.cells() == both.mean().cells());
  CHECK(SalienceSum().mean().empty());
  for (const int side : {32, 48, 300}) {
    const auto samples = picture(side, true);
    const auto mask = most_salient(salience(MaskRule::shared, {samples, side, side, 1, "a"}, map, Subkey()), 0.2);
    CHECK(std::ranges::count(mask, 1) == side * side / 5);
    int inside = 0;
    for (int y = 0; y < side; ++y) {
      for (int x = 0; x < side; ++x) {
        if (mask[static_cast<std::size_t>(y * side + x)] != 0 && 2 * y < side + 6) ++inside;
      }
    }
    CHECK(inside >= side * side / 5 * 9 / 10);
  }
  // Where the picture is flat there is no mask, whatever the map says.
  std::vector<std::uint8_t> flat(32 * 32, 9);
  flat[32 * 31 + 31] = 200;
  const auto mask = most_salient(salience(MaskRule::shared, {flat, 32, 32, 1, "a"}, map, Subkey()), 0.5);
  CHECK(std::ranges::count(mask, 1) == 15);
  // Without a map a picture goes by itself.
  CHECK(salience(MaskRule::shared, {flat, 32, 32, 1, "a"}, {}, Subkey()) == local_activity(flat, 32, 32, 1));
  // A background that a JPEG left uneven by single levels is flat.
  for (std::size_t i = 1; i < flat.size(); i += 3) flat[i] = 10;
  const auto uneven = most_salient(salience(MaskRule::shared, {flat, 32, 32, 1, "a"}, map, Subkey()), 0.5);
  CHECK(std::ranges::count(uneven, 1) == 15);
}

TEST_CASE("the most salient pixels, never more, never where nothing happens") {
  const std::vector<std::uint32_t> salience = {5, 0, 9, 9, 1, 0, 0, 7, 5, 0};
  CHECK(most_salient(salience, 0.3) == std::vector<std::uint8_t>{0, 0, 1, 1, 0, 0, 0, 1, 0, 0});
  CHECK(most_salient(salience, 0.4) == std::vector<std::uint8_t>{1, 0, 1, 1, 0, 0, 0, 1, 0, 0});
  CHECK(most_salient(salience, 1.0) == std::vector<std::uint8_t>{1, 0, 1, 1, 1, 0, 0, 1, 1, 0});
  CHECK(std::ranges::count(most_salient(salience, 0.05), 1) == 0);
  CHECK(most_salient({}, 0.5).empty());
}
