#include "evaluate/crawl.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "evaluate/recoding.h"
#include "evaluate/resize.h"

namespace wardmark {
namespace {

constexpr int kSide = 256;
constexpr int kQuality = 95;

Breaker prepare(const BreakerInput& input) {
  if (!input.codecs.jpeg)
    throw Error(Code::codec_missing, "crawl: this program was built without a JPEG codec",
                "leave it out of --breakers");
  Breaker breaker;
  breaker.preprocess = [recode = input.codecs.jpeg(kQuality, true)](const PixelSet& train) {
    return recoded(at_crawl_size(train), recode);
  };
  if (std::min(input.train->height, input.train->width) > kSide) breaker.preprocess_test = at_crawl_size;
  return breaker;
}

}  // namespace

PixelSet at_crawl_size(const PixelSet& set) {
  const int side = std::min(set.height, set.width);
  if (side <= kSide) return set;
  const auto scaled = [side](int length) {
    return static_cast<int>(std::lround(static_cast<double>(length) * kSide / side));
  };
  return shrunk_by_area(set, scaled(set.height), scaled(set.width));
}

BreakerInfo crawl_breaker() {
  return {.name = "crawl",
          .summary = "short side to 256 px where larger, then JPEG 95, 4:2:0",
          .source = "ours: what crawlers do to pictures",
          .needs_codec = true,
          .prepare = prepare};
}

}  // namespace wardmark
