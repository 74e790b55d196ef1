#include "evaluate/grayscale.h"

namespace wardmark {
namespace {

PixelSet grey(const PixelSet& train) {
  PixelSet out = train;
  for (std::size_t i = 0; i + 2 < out.samples.size(); i += 3) {
    const std::uint8_t level = luma(out.samples[i], out.samples[i + 1], out.samples[i + 2]);
    out.samples[i] = out.samples[i + 1] = out.samples[i + 2] = level;
  }
  return out;
}

Breaker prepare(const BreakerInput& input) {
  Breaker breaker;
  if (input.train->channels == 3) breaker.preprocess = grey;
  return breaker;
}

}  // namespace

BreakerInfo grayscale_breaker() {
  return {.name = "grayscale",
          .summary = "training pictures without colour (luma in all channels)",
          .source = "ISS, arXiv 2301.13838",
          .quick = true,
          .prepare = prepare};
}

}  // namespace wardmark
