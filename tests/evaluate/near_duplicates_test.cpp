#include "evaluate/near_duplicates.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <bit>
#include <random>

#include "evaluate/pixels.h"
#include "material.h"

using namespace wardmark;
using namespace wardmark::testing;

TEST_CASE("the difference hash, written out") {
  for (const int channels : {1, 3}) {
    // 18 x 16 px: 2 x 2 blocks.
    const PixelSet set = pictures(5, 16, 18, channels, 2);
    const std::vector<std::uint64_t> hashes = difference_hashes(set);
    for (std::size_t i = 0; i < 5; ++i) {
      const auto block = [&](int row, int column) {
        int sum = 0;
        for (int y = 2 * row; y < 2 * row + 2; ++y) {
          for (int x = 2 * column; x < 2 * column + 2; ++x) {
            sum += channels == 1 ? sample(set, i, y, x, 0)
                                 : (19595 * sample(set, i, y, x, 0) + 38470 * sample(set, i, y, x, 1) +
                                    7471 * sample(set, i, y, x, 2) + 32768) /
                                       65536;
          }
        }
        return (sum + 2) / 4;
      };
      for (int row = 0; row < 8; ++row) {
        for (int column = 0; column < 8; ++column) {
          const bool bit = (hashes[i] >> (63 - 8 * row - column) & 1) != 0;
          REQUIRE(bit == (block(row, column) < block(row, column + 1)));
        }
      }
    }
  }
}

namespace {

// Pictures of blocks of 4 x 4 px, all different.
PixelSet mosaics(std::size_t n, int side, unsigned seed) {
  PixelSet set = pictures(n, side, side, 3, 3);
  std::mt19937 random(seed);
  for (std::size_t i = 0; i < n; ++i) {
    std::vector<std::uint8_t> level(static_cast<std::size_t>(side * side));
    for (std::uint8_t& l : level) l = static_cast<std::uint8_t>(random() % 240);
    for (int y = 0; y < side; ++y) {
      for (int x = 0; x < side * 3; ++x)
        item_of(set, i)[static_cast<std::size_t>(y * side * 3 + x)] =
            level[static_cast<std::size_t>(y / 4 * side + x / 12)];
    }
  }
  return set;
}

}  // namespace

TEST_CASE("exact and near duplicates between two sets") {
  const PixelSet train = mosaics(30, 32, 1);
  PixelSet test = mosaics(20, 32, 2);
  CHECK(duplicates(test, train).exact == 0);
  CHECK(duplicates(test, train).near == 0);
  // One copied, one made a little brighter.
  std::ranges::copy(train.item(4), item_of(test, 0).begin());
  std::ranges::transform(train.item(7), item_of(test, 1).begin(),
                         [](std::uint8_t v) { return static_cast<std::uint8_t>(std::min(255, v + 6)); });
  const Duplicates found = duplicates(test, train);
  CHECK(found.exact == 1);
  CHECK(found.near == 2);
  CHECK(duplicates(train, train).exact == 30);
  // The other way around, and sets of other sizes.
  CHECK(duplicates(train, test).near == 2);
  CHECK(duplicates(test, mosaics(3, 16, 9)).exact == 0);
}

TEST_CASE("the line between near and apart lies at four bits; flat pictures are near to nothing") {
  // A picture of 9 x 8 px is its own hash.
  PixelSet a = pictures(1, 8, 9, 1, 1);
  for (int i = 0; i < 72; ++i) a.samples[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(i % 9 % 2 * 100);
  PixelSet b = a;
  // The brighter place between two darker ones: making it dark clears one bit a row.
  for (int row = 0; row < 4; ++row) b.samples[static_cast<std::size_t>(row * 9 + 3)] = 0;
  REQUIRE(std::popcount(difference_hashes(a)[0] ^ difference_hashes(b)[0]) == 4);
  CHECK(duplicates(a, b).near == 1);
  b.samples[4 * 9 + 3] = 0;
  CHECK(duplicates(a, b).near == 0);
  std::ranges::fill(a.samples, std::uint8_t{9});
  b = a;
  CHECK(duplicates(a, b).near == 1);
  CHECK(duplicates(a, b).exact == 1);
  std::ranges::fill(b.samples, std::uint8_t{8});
  CHECK(duplicates(a, b).near == 0);
}
