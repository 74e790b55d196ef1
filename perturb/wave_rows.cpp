#include "perturb/wave_rows.h"

#include <algorithm>
#include <utility>

#include "perturb/simd.h"

namespace wardmark {
namespace {

/// A multiple of 1, 2, 3 and 4 samples a pixel and of every vector's width: factors that change with the colour repeat
/// after so many samples.
constexpr std::size_t kBlock = 48;

WARDMARK_INLINE void add_body(const float* __restrict cosines, const float* __restrict sines,
                              const float* __restrict down, float* __restrict sums, std::size_t n) {
  const float* __restrict first = down;
  const float* __restrict second = down + kBlock;
  for (std::size_t i = 0; i < n; i += kBlock) {
    for (std::size_t k = 0; k < kBlock; ++k) {
      const float sum = sums[i + k] + first[k] * cosines[i + k];
      sums[i + k] = sum + second[k] * sines[i + k];
    }
  }
}

WARDMARK_CLONES void add_wave(const float* cosines, const float* sines, const float* down, float* sums, std::size_t n) {
  add_body(cosines, sines, down, sums, n);
}

}  // namespace

WaveRows::WaveRows(const RowShape& shape, std::vector<std::vector<Wave>> colours)
    : shape_(shape), colours_(std::move(colours)), waves_(colours_.empty() ? 0 : colours_.front().size()) {
  if (waves_ == 0) return;
  const auto step = static_cast<std::size_t>(shape.samples);
  const std::size_t n = static_cast<std::size_t>(shape.width) * step;
  padded_ = (n + kBlock - 1) / kBlock * kBlock;
  cosines_.assign(waves_ * padded_, 0.0f);
  sines_.assign(waves_ * padded_, 0.0f);
  down_.assign(waves_ * 2 * kBlock, 0.0f);
  sums_.assign(padded_, 0.0f);
  for (std::size_t w = 0; w < waves_; ++w) {
    for (std::size_t c = 0; c < colours_.size(); ++c) {
      const double cycles = colours_[c][w].across / shape.width;
      const bool again = c > 0 && colours_[c][w].across == colours_[c - 1][w].across;
      for (std::size_t x = 0; x < static_cast<std::size_t>(shape.width); ++x) {
        const std::size_t at = w * padded_ + x * step + c;
        const double turns = cycles * (static_cast<double>(x) + 0.5);
        cosines_[at] = again ? cosines_[at - 1] : static_cast<float>(written_cosine(turns));
        sines_[at] = again ? sines_[at - 1] : static_cast<float>(written_sine(turns));
      }
    }
  }
}

const float* WaveRows::row(int y) {
  const auto step = static_cast<std::size_t>(shape_.samples);
  for (std::size_t w = 0; w < waves_; ++w) {
    float* const first = down_.data() + w * 2 * kBlock;
    for (std::size_t c = 0; c < colours_.size(); ++c) {
      const Wave& wave = colours_[c][w];
      const double turns = wave.down * ((y + 0.5) / shape_.height) + wave.start;
      const auto cosine = static_cast<float>(wave.weight * written_cosine(turns));
      const auto sine = static_cast<float>(-(wave.weight * written_sine(turns)));
      for (std::size_t k = c; k < kBlock; k += step) {
        first[k] = cosine;
        first[kBlock + k] = sine;
      }
    }
  }
  std::ranges::fill(sums_, 0.0f);
  for (std::size_t w = 0; w < waves_; ++w) {
    add_wave(cosines_.data() + w * padded_, sines_.data() + w * padded_, down_.data() + w * 2 * kBlock, sums_.data(),
             padded_);
  }
  return sums_.data();
}

}  // namespace wardmark
