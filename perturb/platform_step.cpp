#include "perturb/platform_step.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>

#include "core/error.h"
#include "io/recode.h"
#include "io/reduced_picture.h"

namespace wardmark {
namespace {

/// Grey or RGB of 8 bits, without alpha.
Image plain_samples(const Image& image) {
  const int channels = image.colour_channels() == 1 ? 1 : 3;
  Image out(image.width(), image.height(), channels, 8);
  for (int y = 0; y < image.height(); ++y) {
    std::uint8_t* to = out.row<std::uint8_t>(y);
    for (int x = 0; x < image.width(); ++x) {
      for (int c = 0; c < channels; ++c) {
        const std::size_t at =
            static_cast<std::size_t>(x) * static_cast<std::size_t>(image.channels()) + static_cast<std::size_t>(c);
        *to++ = image.bits() == 16
                    ? static_cast<std::uint8_t>((image.row<std::uint16_t>(y)[at] * 255u + 32767u) / 65535u)
                    : image.row<std::uint8_t>(y)[at];
      }
    }
  }
  return out;
}

/// Two neighbours and the weight of the second, in 256ths, for every place of an axis.
struct Tap {
  int first = 0, second = 0, weight = 0;
};
std::vector<Tap> taps_of(int from, int to) {
  std::vector<Tap> taps;
  for (int i = 0; i < to; ++i) {
    const std::int64_t at = (std::int64_t{2 * i + 1} * from * 128) / to - 128;  // centre in 256ths
    const std::int64_t kept = std::clamp<std::int64_t>(at, 0, std::int64_t{from - 1} * 256);
    const int first = static_cast<int>(kept / 256);
    taps.push_back({first, std::min(first + 1, from - 1), static_cast<int>(kept % 256)});
  }
  return taps;
}

Image enlarged(const Image& small, int width, int height) {
  Image out(width, height, small.channels(), 8);
  const std::vector<Tap> across = taps_of(small.width(), width), down = taps_of(small.height(), height);
  const int channels = small.channels();
  for (int y = 0; y < height; ++y) {
    const Tap& v = down[static_cast<std::size_t>(y)];
    const std::uint8_t *top = small.row<std::uint8_t>(v.first), *bottom = small.row<std::uint8_t>(v.second);
    std::uint8_t* to = out.row<std::uint8_t>(y);
    for (const Tap& h : across) {
      for (int c = 0; c < channels; ++c) {
        const auto blend = [&](const std::uint8_t* row) {
          return row[h.first * channels + c] * (256 - h.weight) + row[h.second * channels + c] * h.weight;
        };
        *to++ = static_cast<std::uint8_t>((blend(top) * (256 - v.weight) + blend(bottom) * v.weight + 32768) >> 16);
      }
    }
  }
  return out;
}

void take_step(Image& image, const PlatformStep& step) {
  if (step.kind == PlatformStep::Kind::resize) {
    const auto side = [&](int whole) { return std::max(1, static_cast<int>(std::lround(whole * step.value))); };
    const Image small = reduced_picture(image, 0, image.height(), side(image.width()), side(image.height()));
    image = enlarged(small, image.width(), image.height());
    return;
  }
  const auto quality = static_cast<int>(step.value);
  if (step.kind == PlatformStep::Kind::jpeg) {
    recode_jpeg(image.raw(), image.height(), image.width(), image.channels(), quality, true);
  } else {
    recode_webp(image.raw(), image.height(), image.width(), image.channels(), quality);
  }
}

PlatformStep parse_step(std::string_view text) {
  const auto refuse = [&] {
    throw Error(Code::parameter, "--survives: '" + std::string(text) + "' is no step",
                "jpeg:QUALITY and webp:QUALITY with 1 to 100, resize:FACTOR with 0.05 to 1");
  };
  PlatformStep step;
  step.name = text;
  const std::size_t colon = text.find(':');
  if (colon == text.npos) refuse();
  const std::string_view kind = text.substr(0, colon), number = text.substr(colon + 1);
  const auto [end, bad] = std::from_chars(number.data(), number.data() + number.size(), step.value);
  if (bad != std::errc() || end != number.data() + number.size()) refuse();
  if (kind == "resize") {
    step.kind = PlatformStep::Kind::resize;
    if (!(step.value >= 0.05 && step.value <= 1)) refuse();
    return step;
  }
  if (kind != "jpeg" && kind != "webp") refuse();
  step.kind = kind == "jpeg" ? PlatformStep::Kind::jpeg : PlatformStep::Kind::webp;
  if (!(step.value >= 1 && step.value <= 100) || step.value != std::floor(step.value)) refuse();
  return step;
}

}  // namespace

std::vector<PlatformStep> parse_platform_steps(std::string_view text) {
  std::vector<PlatformStep> steps;
  for (;;) {
    const std::size_t comma = text.find(',');
    steps.push_back(parse_step(text.substr(0, comma)));
    if (comma == text.npos) return steps;
    text.remove_prefix(comma + 1);
  }
}

double surviving_share(const Image& original, const Image& released, const PlatformStep& step) {
  if (!original.same_shape(released)) broken_promise("pictures of two shapes compared");
  const Image before = plain_samples(original), after = plain_samples(released);
  Image before_step = before, after_step = after;
  take_step(before_step, step);
  take_step(after_step, step);
  std::int64_t kept = 0, total = 0;
  for (std::size_t i = 0; i < before.raw().size(); ++i) {
    const int n = after.raw()[i] - before.raw()[i];
    kept += n * (after_step.raw()[i] - before_step.raw()[i]);
    total += n * n;
  }
  return total == 0 ? 1.0 : static_cast<double>(kept) / static_cast<double>(total);
}

}  // namespace wardmark
