#include "evaluate/recoding.h"

#include <array>

#include "core/error.h"
#include "evaluate/pixels.h"

namespace wardmark {
namespace {

constexpr std::array kQualities = {10.0, 30.0, 50.0};

Breaker through(Recode recode) {
  Breaker breaker;
  breaker.preprocess = [recode = std::move(recode)](const PixelSet& train) { return recoded(train, recode); };
  return breaker;
}

Breaker prepare_jpeg(const BreakerInput& input) {
  if (!input.codecs.jpeg)
    throw Error(Code::codec_missing, "jpeg: this program was built without a JPEG codec", "leave it out of --breakers");
  return through(input.codecs.jpeg(static_cast<int>(input.strength.value_or(kQualities[0])), true));
}

Breaker prepare_webp(const BreakerInput& input) {
  if (!input.codecs.webp)
    throw Error(Code::codec_missing, "webp: this program was built without a WebP codec", "leave it out of --breakers");
  return through(input.codecs.webp(static_cast<int>(input.strength.value_or(kQualities[0]))));
}

}  // namespace

PixelSet recoded(const PixelSet& set, const Recode& recode) {
  PixelSet out = set;
  for (std::size_t i = 0; i < out.size(); ++i) recode(item_of(out, i), out.height, out.width, out.channels);
  return out;
}

BreakerInfo jpeg_breaker() {
  return {.name = "jpeg",
          .summary = "training pictures through JPEG at this quality, 4:2:0",
          .source = "ISS, arXiv 2301.13838",
          .quick = true,
          .unit = "quality",
          .least = 1,
          .most = 100,
          .whole = true,
          .strengths = kQualities,
          .needs_codec = true,
          .prepare = prepare_jpeg};
}

BreakerInfo webp_breaker() {
  return {.name = "webp",
          .summary = "training pictures through lossy WebP at this quality",
          .source = "ours, beside jpeg",
          .unit = "quality",
          .least = 1,
          .most = 100,
          .whole = true,
          .strengths = kQualities,
          .needs_codec = true,
          .prepare = prepare_webp};
}

}  // namespace wardmark
