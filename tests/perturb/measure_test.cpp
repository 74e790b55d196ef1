#include "perturb/measure.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "perturb/read_back.h"
#include "perturb/similarity.h"
#include "pictures.h"

using namespace wardmark;
using namespace wardmark::testing;

namespace {

void set_sample(Image& image, int x, int y, int c, int value) {
  const int i = x * image.channels() + c;
  if (image.bits() == 16) {
    image.row<std::uint16_t>(y)[i] = static_cast<std::uint16_t>(value);
  } else {
    image.row<std::uint8_t>(y)[i] = static_cast<std::uint8_t>(value);
  }
}

template <class F>
Image mapped(const Image& image, F change) {
  Image out = image;
  for (int y = 0; y < image.height(); ++y) {
    for (int x = 0; x < image.width(); ++x) {
      for (int c = 0; c < image.colour_channels(); ++c) {
        const int v = sample(image, x, y, c) + change(x, y, c);
        set_sample(out, x, y, c, std::clamp(v, 0, image.full_range()));
      }
    }
  }
  return out;
}

// SSIM over 8 x 8 windows at every fourth sample in double, straight from the formula.
double plain_similarity(const std::vector<std::uint16_t>& x, const std::vector<std::uint16_t>& y, int width,
                        int height) {
  double total = 0;
  int windows = 0;
  for (int top = 0; top + 8 <= height / 4 * 4; top += 4) {
    for (int left = 0; left + 8 <= width / 4 * 4; left += 4) {
      double mx = 0, my = 0, vx = 0, vy = 0, cov = 0;
      const auto at = [&](const std::vector<std::uint16_t>& v, int i) {
        return static_cast<double>(v[static_cast<std::size_t>((top + i / 8) * width + left + i % 8)]) / 16;
      };
      for (int i = 0; i < 64; ++i) {
        mx += at(x, i) / 64;
        my += at(y, i) / 64;
      }
      for (int i = 0; i < 64; ++i) {
        vx += (at(x, i) - mx) * (at(x, i) - mx) / 64;
        vy += (at(y, i) - my) * (at(y, i) - my) / 64;
        cov += (at(x, i) - mx) * (at(y, i) - my) / 64;
      }
      const double c1 = 6.5025;
      const double c2 = 58.5225;
      total += (2 * mx * my + c1) * (2 * cov + c2) / ((mx * mx + my * my + c1) * (vx + vy + c2));
      ++windows;
    }
  }
  return total / windows;
}

}  // namespace

TEST_CASE("nothing changed") {
  const Change change = measure(waves(100, 80, 3, 8), waves(100, 80, 3, 8));
  CHECK(change.max_abs == 0);
  CHECK(change.sum_sq == 0);
  CHECK(change.samples == 100 * 80 * 3);
  CHECK(change.ssim == 10000);
  CHECK(change.ciede2000_p95 == 0);
  CHECK(change.psnr() == std::numeric_limits<double>::infinity());
  CHECK_FALSE(change.visible());
}

TEST_CASE("sums, maximum and PSNR are exact, also at the ends of the range") {
  for (const int bits : {8, 16}) {
    Image black(97, 61, 3, bits);
    std::ranges::fill(black.raw(), std::uint8_t{0});
    Image white = black;
    std::ranges::fill(white.raw(), std::uint8_t{255});
    const Change all = measure(black, white);
    const std::uint64_t full = static_cast<std::uint64_t>(black.full_range());
    CHECK(all.max_abs == black.full_range());
    CHECK(all.sum_sq == full * full * 97 * 61 * 3);
    CHECK(all.psnr() == doctest::Approx(0.0));
    CHECK(all.ssim < 100);

    Image one = black;
    set_sample(one, 96, 60, 2, 7);
    const Change change = measure(one, black);
    CHECK(change.max_abs == 7);
    CHECK(change.sum_sq == 49);
    const double peak = black.full_range();
    CHECK(change.psnr() == doctest::Approx(10 * std::log10(peak * peak * 97 * 61 * 3 / 49)).epsilon(1e-12));
  }
}

TEST_CASE("sums over rows longer than a chunk") {
  Image black(20000, 2, 3, 8);
  std::ranges::fill(black.raw(), std::uint8_t{0});
  Image white = black;
  std::ranges::fill(white.raw(), std::uint8_t{255});
  CHECK(measure(black, white).sum_sq == 65025ull * 120000);
  CHECK(measure_read_back(black, white, white).share() == 10000);
}

TEST_CASE("structural similarity follows its formula") {
  std::vector<std::uint16_t> x, y;
  std::uint32_t seed = 9;
  for (int i = 0; i < 47 * 38; ++i) {
    seed = seed * 1664525u + 1013904223u;
    x.push_back(static_cast<std::uint16_t>(1000 + i % 47 * 30 + (seed >> 24)));
    y.push_back(static_cast<std::uint16_t>(x.back() + (seed >> 12 & 1023)));
  }
  const double plain = plain_similarity(x, y, 47, 38);
  CHECK(std::abs(structural_similarity(x.data(), y.data(), 47, 38) - plain * 10000) <= 0.501);
  CHECK(plain < 0.95);
  CHECK(structural_similarity(x.data(), x.data(), 47, 38) == 10000);
  CHECK(structural_similarity(x.data(), x.data(), 5, 7) == 10000);
  CHECK(structural_similarity(x.data(), y.data(), 5, 7) < 10000);
}

TEST_CASE("CIEDE2000 of a level shift, through the whole measurement") {
  // Grey 119 to 122 is L* 50.0344 to 51.2152 (CIEDE2000 1.1757), whatever the size, the depth or the channels.
  for (const int bits : {8, 16}) {
    for (const int channels : {1, 3}) {
      for (const auto& [w, h] : {std::pair{20, 20}, {511, 700}, {1300, 1100}}) {
        Image grey(w, h, channels, bits);
        const int unit = bits == 16 ? 257 : 1;
        for (int y = 0; y < h; ++y) {
          for (int x = 0; x < w; ++x) {
            for (int c = 0; c < channels; ++c) set_sample(grey, x, y, c, 119 * unit);
          }
        }
        const Change change = measure(grey, mapped(grey, [&](int, int, int) { return 3 * unit; }));
        CAPTURE(w);
        CHECK(std::abs(change.ciede2000_p95 - 118) <= 1);
        CHECK(change.ssim > 9990);
        CHECK(change.max_abs == 3 * unit);
      }
    }
  }
}

TEST_CASE("the measurement reaches the last rows and columns, and orders strong and weak changes") {
  const Image image = waves(1031, 777, 3, 8);
  const Change corner = measure(image, mapped(image, [](int x, int y, int) { return x > 1000 && y > 750 ? 60 : 0; }));
  CHECK(corner.ssim < 10000);
  const Change weak = measure(image, mapped(image, [](int x, int y, int) { return ((x / 24 + y / 24) & 1) * 2; }));
  const Change strong = measure(image, mapped(image, [](int x, int y, int) { return ((x / 24 + y / 24) & 1) * 30; }));
  CHECK(weak.ssim > strong.ssim);
  CHECK(weak.ciede2000_p95 < strong.ciede2000_p95);
  CHECK_FALSE(weak.visible());
  CHECK(strong.visible());
}

TEST_CASE("visible at SSIM below 0.97 or CIEDE2000 above 3") {
  Change change;
  change.ssim = 9700;
  change.ciede2000_p95 = 300;
  CHECK_FALSE(change.visible());
  change.ssim = 9699;
  CHECK(change.visible());
  change.ssim = 9700;
  change.ciede2000_p95 = 301;
  CHECK(change.visible());
}

TEST_CASE("opacity is not measured") {
  const Image image = waves(50, 40, 4, 8, true);
  const Image changed = mapped(image, [](int x, int, int) { return x % 3; });
  const Change change = measure(image, changed);
  CHECK(change.samples == 50 * 40 * 3);
  CHECK(change.max_abs == 2);
}

TEST_CASE("the surviving share of a change") {
  for (const int bits : {8, 16}) {
    const Image image = waves(200, 150, 3, bits);
    const auto times = [&](int k) { return mapped(image, [k](int x, int y, int) { return k * ((x + y) % 5 - 2); }); };
    const Image released = times(4);
    const ReadBack same = measure_read_back(image, released, released);
    CHECK(same.share() == 10000);
    CHECK(same.change.sum_sq == measure(image, released).sum_sq);
    CHECK(measure_read_back(image, released, image).share() == 0);
    CHECK(measure_read_back(image, released, times(2)).share() == 5000);
    CHECK(measure_read_back(image, released, times(3)).share() == 7500);
    CHECK(measure_read_back(image, released, times(3)).survives(75));
    CHECK_FALSE(measure_read_back(image, released, times(3)).survives(76));
    CHECK(measure_read_back(image, released, times(-1)).share() == -2500);
    CHECK(measure_read_back(image, image, image).share() == 10000);
    // The measured change is of what was read back.
    CHECK(measure_read_back(image, released, times(2)).change.max_abs == 4);
  }
}

TEST_CASE("the surviving share is rounded down") {
  Image black(3, 1, 1, 8);
  std::ranges::fill(black.raw(), std::uint8_t{0});
  Image released = black;
  Image decoded = black;
  for (int x = 0; x < 3; ++x) set_sample(released, x, 0, 0, 1);
  for (int x = 0; x < 2; ++x) set_sample(decoded, x, 0, 0, 1);
  CHECK(measure_read_back(black, released, decoded).share() == 6666);
  // Against the change: -1/3 is -0.3334 rounded down.
  Image grey = black;
  std::ranges::fill(grey.raw(), std::uint8_t{100});
  const Image raised = mapped(grey, [](int, int, int) { return 1; });
  const Image opposed = mapped(grey, [](int x, int, int) { return x == 0 ? -1 : 0; });
  CHECK(measure_read_back(grey, raised, opposed).share() == -3334);
}
