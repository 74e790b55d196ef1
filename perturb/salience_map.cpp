#include "perturb/salience_map.h"

#include <cstddef>

namespace wardmark {
namespace {

constexpr std::size_t kCells = static_cast<std::size_t>(SalienceMap::kSide) * SalienceMap::kSide;

/// Where the middle of part `place` of `parts` falls among `others`.
std::size_t under(int place, int parts, int others) {
  return static_cast<std::size_t>((2 * std::int64_t{place} + 1) * others / (2 * std::int64_t{parts}));
}

}  // namespace

std::uint32_t SalienceMap::at(int x, int y, int width, int height) const {
  return cells_[under(y, height, kSide) * kSide + under(x, width, kSide)];
}

void SalienceSum::add(std::span<const std::uint32_t> activity, int width, int height) {
  sums_.resize(kCells);
  std::size_t cell = 0;
  for (int y = 0; y < SalienceMap::kSide; ++y) {
    const std::size_t row = under(y, SalienceMap::kSide, height) * static_cast<std::size_t>(width);
    for (int x = 0; x < SalienceMap::kSide; ++x) sums_[cell++] += activity[row + under(x, SalienceMap::kSide, width)];
  }
  ++pictures_;
}

void SalienceSum::add(const SalienceSum& other) {
  sums_.resize(kCells);
  for (std::size_t i = 0; i < other.sums_.size(); ++i) sums_[i] += other.sums_[i];
  pictures_ += other.pictures_;
}

SalienceMap SalienceSum::mean() const {
  if (pictures_ == 0) return {};
  std::vector<std::uint32_t> cells;
  cells.reserve(kCells);
  for (const std::uint64_t sum : sums_) cells.push_back(static_cast<std::uint32_t>(sum / pictures_));
  return SalienceMap(std::move(cells));
}

}  // namespace wardmark
