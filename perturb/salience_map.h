#pragma once
#include <cstdint>
#include <span>
#include <vector>

namespace wardmark {

/// Where most happens over a whole data set: the mean local activity (local_mask.h) at each place of a square grid that
/// all pictures are laid on, whatever their size. Whole numbers: the same for any order and number of threads.
class SalienceMap {
 public:
  static constexpr int kSide = 256;

  SalienceMap() = default;
  /// kSide x kSide values, row by row.
  explicit SalienceMap(std::vector<std::uint32_t> cells) : cells_(std::move(cells)) {}

  bool empty() const { return cells_.empty(); }
  const std::vector<std::uint32_t>& cells() const { return cells_; }
  /// The value at pixel (x, y) of a picture of width x height: of the cell under its middle.
  std::uint32_t at(int x, int y, int width, int height) const;

 private:
  std::vector<std::uint32_t> cells_;
};

/// Adds pictures up to a map.
class SalienceSum {
 public:
  /// Activity of a picture of width x height, row by row: every cell takes the pixel under its middle.
  void add(std::span<const std::uint32_t> activity, int width, int height);
  void add(const SalienceSum& other);
  /// Means, rounded down; empty without pictures.
  SalienceMap mean() const;

 private:
  std::vector<std::uint64_t> sums_;
  std::uint64_t pictures_ = 0;
};

}  // namespace wardmark
