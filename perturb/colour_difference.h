#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "perturb/similarity.h"

namespace wardmark {

/// CIE L*a*b* (D65, 2 degrees) of many samples, one array per coordinate.
struct LabRow {
  std::vector<float> lightness, a, b;
  void resize(std::size_t n);
};

/// sRGB samples 0..kFineRange (interleaved; `channels` 3, or 1 and 2 for grey, of which the first counts) to Lab.
/// float32 additions, multiplications, divisions and square roots only, so every machine agrees. Resizes `lab` to n.
void lab_from_srgb(const std::uint16_t* samples, std::size_t n, int channels, LabRow& lab);

/// CIEDE2000 of n pairs with all weights 1. (Sharma, Wu, Dalal, Color Research and Application 30(1), 2005, whose test
/// pairs it meets within 0.001.)
void ciede2000(const LabRow& x, const LabRow& y, std::size_t n, float* difference);

/// Counts of differences in steps of 0.01 up to 100.
class DifferenceHistogram {
 public:
  DifferenceHistogram() : counts_(kBins) {}
  void add(const float* difference, std::size_t n);
  /// Smallest step that at least `percent` of all differences do not exceed, in units of 0.01; 0 when there are none.
  int percentile(int percent) const;

 private:
  static constexpr std::size_t kBins = 10001;
  std::vector<std::uint32_t> counts_;
  std::uint64_t total_ = 0;
};

}  // namespace wardmark
