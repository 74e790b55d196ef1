#include "evaluate/high_pass.h"

#include <algorithm>
#include <array>

#include "evaluate/gaussian_blur.h"
#include "evaluate/pixels.h"

namespace wardmark {
namespace {

constexpr std::array kSigmas = {2.0, 1.0, 4.0};

PixelSet without_low(const PixelSet& set, std::span<const float> weights) {
  PixelSet out = set;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::vector<float> smooth = blurred(set.item(i), out.height, out.width, out.channels, weights);
    std::ranges::transform(set.item(i), smooth, item_of(out, i).begin(), [](std::uint8_t level, float low) {
      return static_cast<std::uint8_t>(std::clamp(128.5F + static_cast<float>(level) - low, 0.0F, 255.0F));
    });
  }
  return out;
}

Breaker prepare(const BreakerInput& input) {
  Breaker breaker;
  breaker.preprocess = [weights = gaussian_weights(input.strength.value_or(kSigmas[0]))](const PixelSet& set) {
    return without_low(set, weights);
  };
  breaker.preprocess_test = breaker.preprocess;
  return breaker;
}

}  // namespace

BreakerInfo high_pass_breaker() {
  return {.name = "high-pass",
          .summary = "pictures minus their blur, training and test alike",
          .source = "ours, against smooth marks",
          .unit = "sigma in px",
          .least = 0.3,
          .most = 20,
          .strengths = kSigmas,
          .prepare = prepare};
}

}  // namespace wardmark
