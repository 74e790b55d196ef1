#pragma once
#include <array>
#include <cstddef>
#include <vector>

#include "perturb/method.h"

namespace wardmark {

/// A change computed at training size, carried smoothly to a larger picture so that area averaging back to the training
/// size gives the change again.
///
/// Along each axis, samples are interpolated by the Catmull-Rom cubic (pixel centres, edge samples repeated) after the
/// change was multiplied by the inverse of "interpolate, then average over areas", a banded matrix for the sizes at
/// hand. Where an axis grows by less than half, that matrix is close to singular at the finest detail, so the inverse
/// is damped (kDamping); smooth changes still come back in full.
///
/// Rows are made on demand, top to bottom, from a ring of four, so memory does not grow with the picture's height.
/// float32 elementwise in a fixed order. Not thread-safe; one per picture.
class Enlargement {
 public:
  /// `change`: w x h x channels; `width` >= w, `height` >= h. With `alpha` each output pixel carries one more sample,
  /// always 0, so that rows line up with an image that has an opacity channel.
  Enlargement(Planes change, int width, int height, bool alpha);

  /// Native row = sum of weight[k] x row[k], each width x (channels + alpha) samples.
  struct Taps {
    std::array<const float*, 4> rows;
    std::array<float, 4> weights;
  };
  /// Taps of native row y; y never decreases between calls. Pointers are valid until the next call.
  Taps taps(int y);
  /// Native rows from y on, at least 1 and at most `most`, whose taps are the same four rows: their pointers hold until
  /// the taps of another row are asked for.
  int run_of(int y, int most) const {
    int n = 1;
    while (n < most && y + n < static_cast<int>(rows_.size()) && base(y + n) == base(y)) ++n;
    return n;
  }

  /// One sample position on the training grid: weights of samples base .. base + 3, which may lie outside by two.
  struct Position {
    int base = 0;
    std::array<float, 4> weights{};
  };

 private:
  const float* row(int y);
  int base(int y) const { return rows_[static_cast<std::size_t>(y)].base; }

  Planes change_;
  int padding_ = 0;  ///< 1: room for a zero opacity sample
  std::vector<Position> columns_;
  std::vector<Position> rows_;
  Raw<float> padded_;
  std::array<Raw<float>, 4> ring_;
  std::array<int, 4> held_{-1, -1, -1, -1};
};

/// `change` multiplied along both axes by the inverse described above (what Enlargement interpolates).
Planes prefilter(const Planes& change, int width, int height);

}  // namespace wardmark
