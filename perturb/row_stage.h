#pragma once
#include <algorithm>
#include <cstddef>

namespace wardmark {

/// A picture whose rows pass by.
struct RowShape {
  int width = 0;
  int height = 0;
  int colours = 0;  ///< channels a method may change
  int samples = 0;  ///< per pixel: the colours, and opacity after them where there is one
  float full_range = 255.0f;
  std::size_t row_samples() const { return static_cast<std::size_t>(width) * static_cast<std::size_t>(samples); }
};

/// What is done to a picture at its own size row by row, whatever that is: a function of each sample and its place
/// alone. Rows are done in bands, and those in strips, so that what a strip needs is read from the first cache for all
/// rows of a band. Not thread-safe; one per picture.
class RowStage {
 public:
  static constexpr int kRows = 16;
  static constexpr std::size_t kStrip = 384;  ///< samples; whole pixels

  virtual ~RowStage() = default;
  /// Begins with rows y .. y + count - 1, at most kRows; bands before it are over.
  virtual void band(int y, int count) = 0;
  /// Samples from .. from + n - 1 of row y of the band in place, in stored units, neither clipped nor rounded; opacity
  /// stays. `from` is a multiple of kStrip, n is kStrip or the rest of the row.
  virtual void strip(int y, std::size_t from, std::size_t n, float* values) = 0;

  /// A whole row of n samples.
  void row(int y, std::size_t n, float* values) {
    band(y, 1);
    for (std::size_t from = 0; from < n; from += kStrip) strip(y, from, std::min(kStrip, n - from), values + from);
  }
};

}  // namespace wardmark
