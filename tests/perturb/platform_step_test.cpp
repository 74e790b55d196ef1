#include "perturb/platform_step.h"

#include <doctest/doctest.h>

#include <string>

#include "core/error.h"
#include "pictures.h"

using namespace wardmark;

namespace {

/// `image` with `step` added to or taken from blocks of `side` pixels in turn, all colours alike; side 0: from single
/// samples at random.
Image with_blocks(const Image& image, int side, int step) {
  Image out = image;
  std::uint32_t state = 1;
  for (int y = 0; y < image.height(); ++y) {
    for (int x = 0; x < image.width(); ++x) {
      for (int c = 0; c < image.colour_channels(); ++c) {
        state = state * 1664525u + 1013904223u;
        const bool up = side > 0 ? (x / side + y / side) % 2 == 0 : state >> 31 == 0;
        const int change = up ? step : -step;
        const int at = x * image.channels() + c;
        if (image.bits() == 16) {
          out.row<std::uint16_t>(y)[at] = static_cast<std::uint16_t>(out.row<std::uint16_t>(y)[at] + 257 * change);
        } else {
          out.row<std::uint8_t>(y)[at] = static_cast<std::uint8_t>(out.row<std::uint8_t>(y)[at] + change);
        }
      }
    }
  }
  return out;
}

}  // namespace

TEST_CASE("steps are read, or refused by name") {
  const auto steps = parse_platform_steps("jpeg:75,webp:90,resize:0.5");
  REQUIRE(steps.size() == 3);
  CHECK(steps[0].kind == PlatformStep::Kind::jpeg);
  CHECK(steps[1].value == 90);
  CHECK(steps[2].kind == PlatformStep::Kind::resize);
  CHECK(steps[2].name == "resize:0.5");
  for (const char* bad : {"", "jpeg", "jpeg:", "jpeg:0", "jpeg:101", "jpeg:7.5", "resize:2", "resize:0", "avif:50",
                          "jpeg:75,", "webp:x"}) {
    CAPTURE(bad);
    try {
      parse_platform_steps(bad);
      FAIL("nothing was thrown");
    } catch (const Error& error) {
      CHECK(error.code() == Code::parameter);
    }
  }
}

TEST_CASE("coarse changes outlive what fine ones do not") {
  for (const int channels : {1, 3, 4}) {
    for (const int bits : {8, 16}) {
      CAPTURE(channels);
      CAPTURE(bits);
      const Image image = testing::waves(128, 96, channels, bits, channels == 4);
      const Image fine = with_blocks(image, 0, 2), coarse = with_blocks(image, 16, 6);
      for (const PlatformStep& step : parse_platform_steps("jpeg:75,webp:75,resize:0.5")) {
        CAPTURE(step.name);
        const double of_fine = surviving_share(image, fine, step), of_coarse = surviving_share(image, coarse, step);
        CHECK(of_coarse > 0.75);
        CHECK(of_coarse < 1.15);
        // A coding only rounds grey; the picture's own noise carries a change over that.
        if (channels > 1 || step.kind == PlatformStep::Kind::resize) CHECK(of_fine < of_coarse - 0.2);
        CHECK(surviving_share(image, image, step) == 1.0);
      }
    }
  }
  // A checkerboard of single pixels is gone at half the size; at full size everything stays.
  const Image image = testing::waves(64, 64, 3, 8);
  CHECK(surviving_share(image, with_blocks(image, 1, 6), parse_platform_steps("resize:0.5")[0]) < 0.05);
  CHECK(surviving_share(image, with_blocks(image, 1, 6), parse_platform_steps("resize:1")[0]) == doctest::Approx(1.0));
}
