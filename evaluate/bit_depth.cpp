#include "evaluate/bit_depth.h"

#include <array>

namespace wardmark {
namespace {

constexpr std::array kBits = {2.0, 3.0, 4.0};

Breaker prepare(const BreakerInput& input) {
  const int dropped = 8 - static_cast<int>(input.strength.value_or(kBits[0]));
  const std::uint8_t mask = static_cast<std::uint8_t>(0xFFu << dropped);
  Breaker breaker;
  breaker.preprocess = [mask](const PixelSet& train) {
    PixelSet out = train;
    for (std::uint8_t& sample : out.samples) sample = static_cast<std::uint8_t>(sample & mask);
    return out;
  };
  return breaker;
}

}  // namespace

BreakerInfo bit_depth_breaker() {
  return {.name = "bit-depth",
          .summary = "training pictures with only the highest bits of every sample",
          .source = "APBench, arXiv 2308.03258",
          .unit = "bits",
          .least = 1,
          .most = 7,
          .whole = true,
          .strengths = kBits,
          .prepare = prepare};
}

}  // namespace wardmark
