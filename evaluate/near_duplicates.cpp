#include "evaluate/near_duplicates.h"

#include <algorithm>
#include <bit>
#include <unordered_set>

#include "evaluate/grayscale.h"
#include "evaluate/resize.h"

namespace wardmark {
namespace {

constexpr int kRows = 8;
constexpr int kColumns = 9;

PixelSet single_channel(const PixelSet& set) {
  if (set.channels == 1) return set;
  PixelSet out = set;
  out.channels = 1;
  for (std::size_t i = 0; i < set.samples.size() / 3; ++i)
    out.samples[i] = luma(set.samples[3 * i], set.samples[3 * i + 1], set.samples[3 * i + 2]);
  out.samples.resize(set.samples.size() / 3);
  return out;
}

}  // namespace

std::vector<std::uint64_t> difference_hashes(const PixelSet& set) {
  const PixelSet small = shrunk_by_area(single_channel(set), kRows, kColumns);
  std::vector<std::uint64_t> hashes;
  for (std::size_t i = 0; i < small.size(); ++i) {
    const ByteView levels = small.item(i);
    std::uint64_t hash = 0;
    for (std::size_t row = 0; row < kRows; ++row) {
      for (std::size_t column = 0; column + 1 < kColumns; ++column) {
        const std::size_t at = row * kColumns + column;
        hash = hash << 1 | (levels[at] < levels[at + 1] ? 1u : 0u);
      }
    }
    hashes.push_back(hash);
  }
  return hashes;
}

Duplicates duplicates(const PixelSet& test, const PixelSet& train) {
  std::unordered_set<std::string_view> known;
  if (test.same_shape(train)) {
    for (std::size_t i = 0; i < train.size(); ++i) known.insert(text_of(train.item(i)));
  }
  const std::vector<std::uint64_t> others = difference_hashes(train);
  const std::vector<std::uint64_t> hashes = difference_hashes(test);
  Duplicates found;
  for (std::size_t i = 0; i < test.size(); ++i) {
    const bool exact = known.contains(text_of(test.item(i)));
    const bool near = hashes[i] != 0 && std::ranges::any_of(others, [hash = hashes[i]](std::uint64_t other) {
                        return other != 0 && std::popcount(hash ^ other) <= kNearBits;
                      });
    found.exact += exact ? 1 : 0;
    found.near += exact || near ? 1 : 0;
  }
  return found;
}

}  // namespace wardmark
