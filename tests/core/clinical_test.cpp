#include "core/clinical.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

using namespace wardmark;

namespace {

Clinical picture(std::int64_t max, double shift, double psnr, std::int32_t ssim, double noise) {
  Clinical c;
  c.series = "s";
  c.unit = "HU";
  c.max_steps = max;
  c.max_physical = static_cast<double>(max) / 2;
  c.mean_shift = shift;
  c.full = {-1000, 1000, psnr + 10, 9999};
  c.windows = {{0, 100, psnr, ssim}};
  c.noise_ratio = noise;
  return c;
}

}  // namespace

TEST_CASE("summary of a series: every figure's worst and median for itself") {
  const Clinical a = picture(4, -0.5, 50, 9900, 1.02);
  const Clinical b = picture(8, 0.1, 45, 9990, 0.5);
  const Clinical c = picture(6, 0.2, 55, 9995, 1.1);
  const Clinical* const all[] = {&a, &b, &c};
  const ClinicalSummary sum = summarise(all);
  CHECK(sum.pictures == 3);
  CHECK(sum.worst.unit == "HU");
  CHECK(sum.worst.max_steps == 8);
  CHECK(sum.median.max_steps == 6);
  CHECK(sum.worst.max_physical == 4.0);
  CHECK(sum.worst.mean_shift == -0.5);
  CHECK(sum.median.mean_shift == 0.2);
  CHECK(sum.worst.full.psnr == 55);
  CHECK(sum.median.full.low == -1000);
  CHECK(sum.median.full.high == 1000);
  CHECK(sum.worst.windows[0].psnr == 45);
  CHECK(sum.worst.windows[0].ssim == 9900);
  CHECK(sum.median.windows[0].ssim == 9990);
  CHECK(sum.worst.noise_ratio == 0.5);
  CHECK(sum.median.noise_ratio == 1.1);
}

TEST_CASE("summary: pictures without a change, without noise") {
  Clinical still = picture(0, 0, std::numeric_limits<double>::infinity(), 10000, 1);
  still.noise_ratio.reset();
  const Clinical* const one[] = {&still};
  const ClinicalSummary sum = summarise(one);
  CHECK(std::isinf(sum.worst.windows[0].psnr));
  CHECK(!sum.worst.noise_ratio);
}

TEST_CASE("six digits") {
  CHECK(six_digits(1.23456789) == 1.23457);
  CHECK(six_digits(-0.000123456789) == -0.000123457);
  CHECK(std::isinf(six_digits(std::numeric_limits<double>::infinity())));
}
