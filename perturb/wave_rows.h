#pragma once
#include <cstddef>
#include <vector>

#include "core/bytes.h"
#include "perturb/row_stage.h"
#include "perturb/wave.h"

namespace wardmark {

/// Sums of plane waves, one sum a colour, by rows. A plane wave is a product of a function of x and one of y twice
/// over, cos(a + b) = cos a cos b - sin a sin b: the functions of x are tables, so a sample costs two products and two
/// sums a wave.
///
/// Written order, float32 from written_cosine() and written_sine() in double:
///   sum = 0; for each wave in order: sum += (weight cos b) cos a;  sum += (-weight sin b) sin a
/// with a = across (x + 1/2) / width and b = down (y + 1/2) / height + start.
/// Memory 8 bytes a wave and sample of a row. Not thread-safe.
class WaveRows {
 public:
  /// `colours`: for each colour its waves, as many for each.
  WaveRows(const RowShape& shape, std::vector<std::vector<Wave>> colours);
  bool empty() const { return waves_ == 0; }
  /// Rows y .. y + count - 1 come next, at most RowStage::kRows.
  void band(int y, int count);
  /// The sums of samples from .. from + n - 1 of row y of the band, 0 for opacity; valid until the next call. `from`
  /// and n as RowStage::strip() has them.
  const float* strip(int y, std::size_t from, std::size_t n);

 private:
  RowShape shape_;
  std::vector<std::vector<Wave>> colours_;
  std::size_t waves_ = 0;
  std::size_t padded_ = 0;      ///< samples of a row, rounded up to whole blocks
  Raw<float> cosines_, sines_;  ///< waves x padded
  int first_ = 0;
  std::vector<float> down_;  ///< of the rows of a band: waves x 2 x block
  Raw<float> sums_;
};

}  // namespace wardmark
