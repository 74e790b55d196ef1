#pragma once
#include <cstdint>

namespace wardmark {

/// Largest value of the reduced planes that similarity and colour difference work on: 16 steps to an 8-bit level.
inline constexpr int kFineRange = 255 * 16;

/// Mean structural similarity of two grey planes of width x height, values 0..kFineRange, in units of 0.0001 (10000:
/// identical). Windows of 8 x 8 samples, one every 4 samples, plain (unweighted) means and population variances, K1 =
/// 0.01, K2 = 0.03; samples beyond the last whole block of 4 do not count. Planes with a side below 8 are one window.
/// Integer sums and doubles in a fixed order. (Wang et al., IEEE TIP 13(4), 2004, whose windows are Gaussian.)
int structural_similarity(const std::uint16_t* x, const std::uint16_t* y, int width, int height);

}  // namespace wardmark
