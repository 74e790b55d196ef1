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

/// Samples that are added up together: a vector's worth, whose factors of the row stay in registers along the strip.
constexpr std::size_t kLanes = 16;
static_assert(kBlock % kLanes == 0);

// Waves first .. first + kWaves - 1, after the sums so far unless they are the first.
template <std::size_t kWaves>
WARDMARK_INLINE void add_body(const Tables& t, std::size_t first, float* __restrict sums) {
  for (std::size_t lane = 0; lane < kBlock; lane += kLanes) {
    float cosine[kWaves][kLanes], sine[kWaves][kLanes];
    for (std::size_t w = 0; w < kWaves; ++w) {
      for (std::size_t k = 0; k < kLanes; ++k) {
        cosine[w][k] = t.down[(first + w) * 2 * kBlock + lane + k];
        sine[w][k] = t.down[(first + w) * 2 * kBlock + kBlock + lane + k];
      }
    }
    const float* __restrict cosines = t.cosines + first * t.padded;
    const float* __restrict sines = t.sines + first * t.padded;
    for (std::size_t i = lane; i < t.samples; i += kBlock) {
      for (std::size_t k = 0; k < kLanes; ++k) {
        float sum = first == 0 ? 0.0f : sums[i + k];
        for (std::size_t w = 0; w < kWaves; ++w) {
          sum = sum + cosine[w][k] * cosines[w * t.padded + i + k];
          sum = sum + sine[w][k] * sines[w * t.padded + i + k];
        }
        sums[i + k] = sum;
      }
    }
  }
}

WARDMARK_CLONES void sum_waves(const Tables& t, float* sums) {
  std::size_t w = 0;
  for (; w + 4 <= t.waves; w += 4) add_body<4>(t, w, sums);
  if (t.waves - w >= 2) {
    add_body<2>(t, w, sums);
    w += 2;
  }
  if (t.waves - w == 1) add_body<1>(t, w, sums);
}

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
