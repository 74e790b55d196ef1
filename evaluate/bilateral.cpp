#include "evaluate/bilateral.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "evaluate/pixels.h"

namespace wardmark {
namespace {

constexpr std::array kSigmas = {50.0, 25.0, 100.0};
constexpr int kRadius = 2;
constexpr double kSpace = 1.5;

// exp(-d / (2 sigma^2)) by the sum of squared differences over channels.
std::vector<float> colour_weights(double sigma, int channels) {
  std::vector<float> weights(static_cast<std::size_t>(channels) * 255 * 255 + 1);
  for (std::size_t d = 0; d < weights.size(); ++d)
    weights[d] = static_cast<float>(std::exp(-0.5 * static_cast<double>(d) / (channels * sigma * sigma)));
  return weights;
}

struct Filter {
  int height, width, channels;
  std::vector<float> by_colour;

  void pixel(ByteView in, int y, int x, std::span<std::uint8_t> out) const {
    const auto at = [&](int row, int column) {
      return in.data() +
             (static_cast<std::size_t>(row) * static_cast<std::size_t>(width) + static_cast<std::size_t>(column)) *
                 static_cast<std::size_t>(channels);
    };
    const std::uint8_t* centre = at(y, x);
    std::array<float, 4> sum{};
    float total = 0;
    for (int row = std::max(0, y - kRadius); row <= std::min(height - 1, y + kRadius); ++row) {
      for (int column = std::max(0, x - kRadius); column <= std::min(width - 1, x + kRadius); ++column) {
        const std::uint8_t* other = at(row, column);
        std::size_t distance = 0;
        for (int c = 0; c < channels; ++c) {
          const int difference = other[c] - centre[c];
          distance += static_cast<std::size_t>(difference * difference);
        }
        const float weight = by_space[static_cast<std::size_t>((row - y) * (row - y) + (column - x) * (column - x))] *
                             by_colour[distance];
        for (int c = 0; c < channels; ++c) sum[static_cast<std::size_t>(c)] += weight * static_cast<float>(other[c]);
        total += weight;
      }
    }
    for (std::size_t c = 0; c < out.size(); ++c) out[c] = static_cast<std::uint8_t>(sum[c] / total + 0.5F);
  }

  std::array<float, 2 * kRadius* kRadius + 1> by_space = [] {
    std::array<float, 2 * kRadius * kRadius + 1> weights{};
    for (std::size_t d = 0; d < weights.size(); ++d)
      weights[d] = static_cast<float>(std::exp(-0.5 * static_cast<double>(d) / (kSpace * kSpace)));
    return weights;
  }();
};

Breaker prepare(const BreakerInput& input) {
  Breaker breaker;
  breaker.preprocess = [sigma = input.strength.value_or(kSigmas[0])](const PixelSet& train) {
    PixelSet out = train;
    const Filter filter{train.height, train.width, train.channels, colour_weights(sigma, train.channels)};
    const std::size_t channels = static_cast<std::size_t>(train.channels);
    for (std::size_t i = 0; i < out.size(); ++i) {
      std::span<std::uint8_t> to = item_of(out, i);
      for (int y = 0; y < out.height; ++y) {
        for (int x = 0; x < out.width; ++x, to = to.subspan(channels))
          filter.pixel(train.item(i), y, x, to.first(channels));
      }
    }
    return out;
  };
  return breaker;
}

}  // namespace

BreakerInfo bilateral_breaker() {
  return {.name = "bilateral",
          .summary = "training pictures smoothed but for their edges: 5 x 5, 1.5 px, this colour sigma",
          .source = "Tomasi and Manduchi, ICCV 1998; numbers ours",
          .unit = "colour sigma in levels",
          .least = 1,
          .most = 255,
          .strengths = kSigmas,
          .prepare = prepare};
}

}  // namespace wardmark
