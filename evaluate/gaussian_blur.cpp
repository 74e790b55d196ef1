#include "evaluate/gaussian_blur.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "evaluate/pixels.h"

namespace wardmark {
namespace {

constexpr std::array kSigmas = {0.8, 1.2, 2.0};

// A place outside 0..size-1 mirrored back into it, the edge itself not repeated.
int mirrored(int place, int size) {
  if (size == 1) return 0;
  const int period = 2 * (size - 1);
  const int inside = ((place % period) + period) % period;
  return inside < size ? inside : period - inside;
}

// out[line] = sum over t of weight[t] * in[line + t - radius], lines of `length` samples.
void along_lines(std::span<const float> in, int lines, std::size_t length, std::span<const float> weights,
                 std::span<float> out) {
  const int radius = static_cast<int>(weights.size() / 2);
  std::ranges::fill(out, 0.0F);
  for (int line = 0; line < lines; ++line) {
    float* to = out.data() + static_cast<std::size_t>(line) * length;
    for (int t = -radius; t <= radius; ++t) {
      const float weight = weights[static_cast<std::size_t>(t + radius)];
      const float* from = in.data() + static_cast<std::size_t>(mirrored(line + t, lines)) * length;
      for (std::size_t i = 0; i < length; ++i) to[i] += weight * from[i];
    }
  }
}

Breaker prepare(const BreakerInput& input) {
  Breaker breaker;
  breaker.preprocess = [weights = gaussian_weights(input.strength.value_or(kSigmas[0]))](const PixelSet& train) {
    PixelSet out = train;
    for (std::size_t i = 0; i < out.size(); ++i) {
      const std::vector<float> smooth = blurred(train.item(i), out.height, out.width, out.channels, weights);
      std::ranges::transform(smooth, item_of(out, i).begin(), [](float level) {
        return static_cast<std::uint8_t>(std::clamp(level + 0.5F, 0.0F, 255.0F));
      });
    }
    return out;
  };
  return breaker;
}

}  // namespace

std::vector<float> gaussian_weights(double sigma) {
  const int radius = static_cast<int>(std::ceil(3 * sigma));
  std::vector<double> exact;
  double sum = 0;
  for (int t = -radius; t <= radius; ++t) {
    exact.push_back(std::exp(-0.5 * t * t / (sigma * sigma)));
    sum += exact.back();
  }
  std::vector<float> weights;
  for (const double weight : exact) weights.push_back(static_cast<float>(weight / sum));
  return weights;
}

std::vector<float> blurred(std::span<const std::uint8_t> samples, int height, int width, int channels,
                           std::span<const float> weights) {
  const std::size_t row = static_cast<std::size_t>(width) * static_cast<std::size_t>(channels);
  const std::size_t pixel = static_cast<std::size_t>(channels);
  std::vector<float> levels(samples.begin(), samples.end());
  std::vector<float> down(levels.size());
  along_lines(levels, height, row, weights, down);
  std::vector<float> out(levels.size());
  for (std::size_t y = 0; y < static_cast<std::size_t>(height); ++y)
    along_lines(std::span(down).subspan(y * row, row), width, pixel, weights, std::span(out).subspan(y * row, row));
  return out;
}

BreakerInfo gaussian_breaker() {
  return {.name = "gaussian",
          .summary = "training pictures blurred with a real sigma (the published 0.1 px is an identity)",
          .source = "ISS, arXiv 2301.13838, corrected",
          .unit = "sigma in px",
          .least = 0.3,
          .most = 10,
          .strengths = kSigmas,
          .prepare = prepare};
}

}  // namespace wardmark
