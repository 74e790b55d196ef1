#include "perturb/enlargement.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "perturb/apply.h"
#include "perturb/resample.h"
#include "pictures.h"

using namespace wardmark;
using namespace wardmark::testing;

namespace {

Planes planes_of(int width, int height, int channels) {
  Planes out{width, height, channels, 255.0f, {}};
  out.v.resize(static_cast<std::size_t>(width * height * channels));
  return out;
}

// Noise in -10..10, or a wave of `period` samples where it is not 0.
Planes change_of(int width, int height, int channels, double period) {
  Planes out = planes_of(width, height, channels);
  std::uint32_t seed = 3;
  for (std::size_t i = 0; i < out.v.size(); ++i) {
    seed = seed * 1664525u + 1013904223u;
    const double x = static_cast<double>(i / static_cast<std::size_t>(channels) % static_cast<std::size_t>(width));
    const double y = static_cast<double>(i / static_cast<std::size_t>(channels) / static_cast<std::size_t>(width));
    out.v[i] = static_cast<float>(period > 0 ? 10 * std::sin(6.2831853 * (x + 0.3 * y) / period)
                                             : static_cast<double>(seed >> 8) / (1 << 24) * 20 - 10);
  }
  return out;
}

Planes enlarged(const Planes& change, int width, int height, bool alpha = false) {
  const int channels = change.channels + (alpha ? 1 : 0);
  Planes out = planes_of(width, height, channels);
  Enlargement enlargement(change, width, height, alpha);
  const std::size_t n = static_cast<std::size_t>(width * channels);
  for (int y = 0; y < height; ++y) {
    const Enlargement::Taps taps = enlargement.taps(y);
    for (std::size_t i = 0; i < n; ++i) {
      float sum = 0;
      for (std::size_t k = 0; k < 4; ++k) sum += taps.weights[k] * taps.rows[k][i];
      out.v[static_cast<std::size_t>(y) * n + i] = sum;
    }
  }
  return out;
}

struct Agreement {
  double correlation, gain;
};

Agreement agreement(const Raw<float>& wanted, const Raw<float>& got) {
  double wg = 0, ww = 0, gg = 0;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    wg += static_cast<double>(wanted[i]) * got[i];
    ww += static_cast<double>(wanted[i]) * wanted[i];
    gg += static_cast<double>(got[i]) * got[i];
  }
  return {wg / std::sqrt(ww * gg), wg / ww};
}

}  // namespace

TEST_CASE("area averaging gives any change back where an axis grows by half or more") {
  for (const double ratio : {1.5, 1.61, 2.0, 3.3, 13.4}) {
    for (const int channels : {1, 3}) {
      const Planes change = change_of(48, 36, channels, 0);
      const Planes native = enlarged(change, static_cast<int>(48 * ratio), static_cast<int>(36 * ratio));
      const Planes back = shrink(native, 48, 36);
      double worst = 0;
      for (std::size_t i = 0; i < back.v.size(); ++i)
        worst = std::max<double>(worst, std::abs(back.v[i] - change.v[i]));
      CAPTURE(ratio);
      CHECK(worst < 0.001);
    }
  }
}

TEST_CASE("smooth changes come back at every ratio, without running away") {
  for (const double ratio : {1.004, 1.02, 1.1, 1.25, 1.49}) {
    const Planes change = change_of(250, 250, 1, 6.0);
    const int side = static_cast<int>(250 * ratio);
    const Planes native = enlarged(change, side, side);
    const Agreement a = agreement(change.v, shrink(native, 250, 250).v);
    CAPTURE(ratio);
    CHECK(a.correlation > 0.98);
    CHECK(a.gain > 0.95);
    CHECK(a.gain < 1.05);
    CHECK(*std::ranges::max_element(native.v) < 25.0f);
    const Planes noise = enlarged(change_of(250, 250, 1, 0), side, side);
    CHECK(*std::ranges::max_element(noise.v) < 80.0f);
  }
}

TEST_CASE("a constant change stays constant, and no pixel blocks appear") {
  Planes flat = planes_of(20, 10, 1);
  std::ranges::fill(flat.v, 3.0f);
  for (const float v : enlarged(flat, 163, 89).v) CHECK(v == doctest::Approx(3.0).epsilon(1e-5));

  const Planes native = enlarged(change_of(30, 30, 1, 0), 300, 300);
  float range = 0;
  float step = 0;
  for (int y = 0; y < 300; ++y) {
    for (int x = 1; x < 300; ++x) {
      const float* p = native.v.data() + 300 * y + x;
      range = std::max(range, std::abs(*p));
      step = std::max(step, std::abs(p[0] - p[-1]));
    }
  }
  // Blocks would step by up to twice the range at once; ten small steps lead from one sample to the next here.
  CHECK(step < 0.4f * range);
}

TEST_CASE("the opacity sample of a change is zero") {
  const Planes native = enlarged(change_of(9, 8, 3, 0), 40, 31, true);
  for (std::size_t i = 3; i < native.v.size(); i += 4) CHECK(native.v[i] == 0.0f);
  CHECK(agreement(enlarged(change_of(9, 8, 3, 0), 40, 31).v, enlarged(change_of(9, 8, 3, 0), 40, 31).v).gain ==
        doctest::Approx(1.0));
}

TEST_CASE("on photographs the released picture, shrunk, holds the change computed at training size") {
  const MethodInfo& cuda = find_method("cuda");
  const auto protector = cuda.prepare(two_classes());
  for (const char* name : {"big_iphone_12mp_all_metadata.jpg", "big_canon_a560_7mp.jpg", "big_jolla_8mp.jpg",
                           "big_9mp_xmp_iptc.jpg", "big_kodak_pixpro_16mp.jpg"}) {
    const Image image = photo(name);
    if (image.empty()) {
      MESSAGE("skipped, not there: " << std::string(name));
      continue;
    }
    const ItemContext item{name, 0, 0, 4};
    const Size size = training_size(image.width(), image.height(), 224);
    const Planes before = shrink(image, size.width, size.height);
    std::optional<Note> why;
    Planes wanted = protector->protect(before, item, why);
    Planes got = shrink(apply(image, *protector, item).image, size.width, size.height);
    for (std::size_t i = 0; i < wanted.v.size(); ++i) {
      wanted.v[i] -= before.v[i];
      got.v[i] -= before.v[i];
    }
    const Agreement a = agreement(wanted.v, got.v);
    MESSAGE(std::string(name) << ": correlation " << a.correlation << ", gain " << a.gain);
    CHECK(a.correlation >= 0.98);
    CHECK(a.gain >= 0.95);
    CHECK(a.gain <= 1.05);
  }
}
