#include "perturb/wave_rows.h"

#include <utility>

#include "perturb/simd.h"

namespace wardmark {
namespace {

/// A multiple of 1, 2, 3 and 4 samples a pixel and of every vector's width: factors that change with the colour repeat
/// after so many samples.
constexpr std::size_t kBlock = 48;
static_assert(RowStage::kStrip % kBlock == 0);

/// Tables of all waves: wave w at w * padded; factors of a row: cosines, then sines, a block each, wave after wave.
struct Tables {
  const float* cosines;
  const float* sines;
  const float* down;
  std::size_t waves;
  std::size_t padded;
  std::size_t samples;  ///< to add up, from where the tables begin; rounded up to whole blocks
};

// The sum of a block stays in registers while all waves are added.
WARDMARK_INLINE void sum_body(const Tables& t, float* __restrict sums) {
  for (std::size_t i = 0; i < t.samples; i += kBlock) {
    float sum[kBlock] = {};
    for (std::size_t w = 0; w < t.waves; ++w) {
      const float* __restrict cosines = t.cosines + w * t.padded + i;
      const float* __restrict sines = t.sines + w * t.padded + i;
      const float* __restrict down = t.down + w * 2 * kBlock;
      for (std::size_t k = 0; k < kBlock; ++k) {
        const float first = sum[k] + down[k] * cosines[k];
        sum[k] = first + down[kBlock + k] * sines[k];
      }
    }
    for (std::size_t k = 0; k < kBlock; ++k) sums[i + k] = sum[k];
  }
}

WARDMARK_CLONES void sum_waves(const Tables& t, float* sums) { sum_body(t, sums); }

}  // namespace

WaveRows::WaveRows(const RowShape& shape, std::vector<std::vector<Wave>> colours)
    : shape_(shape), colours_(std::move(colours)), waves_(colours_.empty() ? 0 : colours_.front().size()) {
  if (waves_ == 0) return;
  const auto step = static_cast<std::size_t>(shape.samples);
  padded_ = (shape.row_samples() + kBlock - 1) / kBlock * kBlock;
  cosines_.assign(waves_ * padded_, 0.0f);
  sines_.assign(waves_ * padded_, 0.0f);
  down_.assign(RowStage::kRows * waves_ * 2 * kBlock, 0.0f);
  sums_.resize(RowStage::kStrip);
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

void WaveRows::band(int y, int count) {
  first_ = y;
  const auto step = static_cast<std::size_t>(shape_.samples);
  float* first = down_.data();
  for (int row = y; row < y + count; ++row) {
    for (std::size_t w = 0; w < waves_; ++w, first += 2 * kBlock) {
      for (std::size_t c = 0; c < colours_.size(); ++c) {
        const Wave& wave = colours_[c][w];
        const double turns = wave.down * ((row + 0.5) / shape_.height) + wave.start;
        const auto cosine = static_cast<float>(wave.weight * written_cosine(turns));
        const auto sine = static_cast<float>(-(wave.weight * written_sine(turns)));
        for (std::size_t k = c; k < kBlock; k += step) {
          first[k] = cosine;
          first[kBlock + k] = sine;
        }
      }
    }
  }
}

const float* WaveRows::strip(int y, std::size_t from, std::size_t n) {
  const std::size_t row = static_cast<std::size_t>(y - first_) * waves_ * 2 * kBlock;
  sum_waves({cosines_.data() + from, sines_.data() + from, down_.data() + row, waves_, padded_,
             (n + kBlock - 1) / kBlock * kBlock},
            sums_.data());
  return sums_.data();
}

}  // namespace wardmark
