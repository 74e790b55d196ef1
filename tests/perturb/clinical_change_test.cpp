#include "perturb/clinical_change.h"

#include <doctest/doctest.h>

#include <cmath>

#include "perturb/tone.h"

using namespace wardmark;

namespace {

/// Two frames of 16 x 8: a ramp from 100 to 340, slopes 1 and 0.5.
Picture ramp() {
  Picture picture;
  picture.frames = 2;
  picture.unit = "HU";
  picture.series = "1.2.3";
  picture.image = Image(16, 16, 1, 16);
  for (int y = 0; y < 16; ++y) {
    for (int x = 0; x < 16; ++x) picture.image.row<std::uint16_t>(y)[x] = static_cast<std::uint16_t>(100 + 16 * x);
  }
  FrameTone tone;
  tone.black = 150;
  tone.white = 250;
  tone.most = 50;
  tone.free = {{101, 339}};
  tone.zero = -1000;
  picture.tones = {tone, tone};
  picture.tones[1].slope = 0.5;
  return picture;
}

}  // namespace

TEST_CASE("clinical change: known figures of a shift of one frame") {
  Picture picture = ramp();
  picture.tones[0].windows = picture.tones[1].windows = {{0, 1000}};
  Image after = picture.image;
  for (int y = 8; y < 16; ++y) {
    for (int x = 0; x < 16; ++x) after.row<std::uint16_t>(y)[x] = static_cast<std::uint16_t>(112 + 16 * x);
  }
  const Clinical c = clinical_change(picture, after);
  CHECK(c.series == "1.2.3");
  CHECK(c.unit == "HU");
  CHECK(c.max_steps == 12);
  CHECK(c.max_physical == 6.0);
  CHECK(c.rms_steps == doctest::Approx(12 / std::sqrt(2.0)).epsilon(1e-5));
  CHECK(c.rms_physical == doctest::Approx(6 / std::sqrt(2.0)).epsilon(1e-5));
  CHECK(c.mean_shift == 3.0);
  CHECK(c.full.low == -900.0);
  CHECK(c.full.high == -660.0);
  // The last column leaves the range of its frame, where it counts no more.
  CHECK(c.full.psnr == doctest::Approx(10 * std::log10(240.0 * 240.0 / (144.0 * 15 / 16))).epsilon(1e-5));
  CHECK(c.full.ssim < 10000);
  CHECK(!c.noise_ratio);  // a ramp has none
  REQUIRE(c.windows.size() == 2);
  CHECK(c.windows[0].low == -850.0);
  CHECK(c.windows[0].high == -750.0);
  // Values below 150 and above 250 stay at the ends: columns 4 to 9 move by all 12 (148 to 150..160 by 10, 244 by 6).
  const double squares = (10 * 10 + 5 * 12 * 12 + 6 * 6) / 16.0;
  CHECK(c.windows[0].psnr == doctest::Approx(10 * std::log10(100.0 * 100.0 / squares)).epsilon(1e-5));
  CHECK(c.windows[1].psnr == doctest::Approx(20 * std::log10(1000.0 / 12)).epsilon(1e-5));
}

TEST_CASE("clinical change: noise that doubles, where samples may change") {
  Picture picture = ramp();
  picture.tones[1].slope = 1;
  Image& before = picture.image;
  Image after = before;
  for (int y = 0; y < 16; ++y) {
    for (int x = 0; x < 16; ++x) {
      const int sign = (x + y) % 2 == 0 ? 1 : -1;
      before.row<std::uint16_t>(y)[x] = static_cast<std::uint16_t>(200 + 3 * sign);
      after.row<std::uint16_t>(y)[x] = static_cast<std::uint16_t>(200 + 6 * sign);
    }
  }
  const Clinical c = clinical_change(picture, after);
  CHECK(c.noise_ratio == 2.0);
  CHECK(c.mean_shift == 0.0);
  for (FrameTone& tone : picture.tones) tone.free.clear();
  CHECK(!clinical_change(picture, after).noise_ratio);
}

TEST_CASE("clinical change: nothing changed, and a similarity that is known already") {
  const Picture picture = ramp();
  const Clinical same = clinical_change(picture, picture.image);
  CHECK(std::isinf(same.full.psnr));
  CHECK(same.windows[0].ssim == 10000);
  CHECK(same.max_steps == 0);
  Image after = picture.image;
  after.row<std::uint16_t>(3)[5] = 190;
  ClinicalMeter meter(picture, true);
  meter.frame(picture.tones[0], picture.image, after);
  CHECK(meter.finish(9876).windows[0].ssim == 9876);
}
