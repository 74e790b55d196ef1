#include "perturb/colour_difference.h"

#include <doctest/doctest.h>

#include <array>
#include <cmath>

using namespace wardmark;

namespace {

struct Pair {
  float l1, a1, b1, l2, a2, b2, difference;
};

// Test pairs of Sharma, Wu and Dalal (2005), table 1.
constexpr Pair kPairs[] = {
    {50.0000f, 2.6772f, -79.7751f, 50.0000f, 0.0000f, -82.7485f, 2.0425f},
    {50.0000f, 3.1571f, -77.2803f, 50.0000f, 0.0000f, -82.7485f, 2.8615f},
    {50.0000f, 2.8361f, -74.0200f, 50.0000f, 0.0000f, -82.7485f, 3.4412f},
    {50.0000f, -1.3802f, -84.2814f, 50.0000f, 0.0000f, -82.7485f, 1.0000f},
    {50.0000f, -1.1848f, -84.8006f, 50.0000f, 0.0000f, -82.7485f, 1.0000f},
    {50.0000f, -0.9009f, -85.5211f, 50.0000f, 0.0000f, -82.7485f, 1.0000f},
    {50.0000f, 0.0000f, 0.0000f, 50.0000f, -1.0000f, 2.0000f, 2.3669f},
    {50.0000f, -1.0000f, 2.0000f, 50.0000f, 0.0000f, 0.0000f, 2.3669f},
    {50.0000f, 2.4900f, -0.0010f, 50.0000f, -2.4900f, 0.0009f, 7.1792f},
    {50.0000f, 2.4900f, -0.0010f, 50.0000f, -2.4900f, 0.0010f, 7.1792f},
    {50.0000f, 2.4900f, -0.0010f, 50.0000f, -2.4900f, 0.0011f, 7.2195f},
    {50.0000f, 2.4900f, -0.0010f, 50.0000f, -2.4900f, 0.0012f, 7.2195f},
    {50.0000f, -0.0010f, 2.4900f, 50.0000f, 0.0009f, -2.4900f, 4.8045f},
    {50.0000f, -0.0010f, 2.4900f, 50.0000f, 0.0010f, -2.4900f, 4.8045f},
    {50.0000f, -0.0010f, 2.4900f, 50.0000f, 0.0011f, -2.4900f, 4.7461f},
    {50.0000f, 2.5000f, 0.0000f, 50.0000f, 0.0000f, -2.5000f, 4.3065f},
    {50.0000f, 2.5000f, 0.0000f, 73.0000f, 25.0000f, -18.0000f, 27.1492f},
    {50.0000f, 2.5000f, 0.0000f, 61.0000f, -5.0000f, 29.0000f, 22.8977f},
    {50.0000f, 2.5000f, 0.0000f, 56.0000f, -27.0000f, -3.0000f, 31.9030f},
    {50.0000f, 2.5000f, 0.0000f, 58.0000f, 24.0000f, 15.0000f, 19.4535f},
    {50.0000f, 2.5000f, 0.0000f, 50.0000f, 3.1736f, 0.5854f, 1.0000f},
    {50.0000f, 2.5000f, 0.0000f, 50.0000f, 3.2972f, 0.0000f, 1.0000f},
    {50.0000f, 2.5000f, 0.0000f, 50.0000f, 1.8634f, 0.5757f, 1.0000f},
    {50.0000f, 2.5000f, 0.0000f, 50.0000f, 3.2592f, 0.3350f, 1.0000f},
    {60.2574f, -34.0099f, 36.2677f, 60.4626f, -34.1751f, 39.4387f, 1.2644f},
    {63.0109f, -31.0961f, -5.8663f, 62.8187f, -29.7946f, -4.0864f, 1.2630f},
    {61.2901f, 3.7196f, -5.3901f, 61.4292f, 2.2480f, -4.9620f, 1.8731f},
    {35.0831f, -44.1164f, 3.7933f, 35.0232f, -40.0716f, 1.5901f, 1.8645f},
    {22.7233f, 20.0904f, -46.6940f, 23.0331f, 14.9730f, -42.5619f, 2.0373f},
    {36.4612f, 47.8580f, 18.3852f, 36.2715f, 50.5065f, 21.2231f, 1.4146f},
    {90.8027f, -2.0831f, 1.4410f, 91.1528f, -1.6435f, 0.0447f, 1.4441f},
    {90.9257f, -0.5406f, -0.9208f, 88.6381f, -0.8985f, -0.7239f, 1.5381f},
    {6.7747f, -0.2908f, -2.4247f, 5.8714f, -0.0985f, -2.2286f, 0.6377f},
    {2.0776f, 0.0795f, -1.1350f, 0.9033f, -0.0636f, -0.5514f, 0.9082f},
};

void push(LabRow& row, float l, float a, float b) {
  row.lightness.push_back(l);
  row.a.push_back(a);
  row.b.push_back(b);
}

}  // namespace

TEST_CASE("CIEDE2000 meets the published pairs, both ways round") {
  LabRow x, y;
  for (const Pair& p : kPairs) {
    push(x, p.l1, p.a1, p.b1);
    push(y, p.l2, p.a2, p.b2);
  }
  constexpr std::size_t n = std::size(kPairs);
  std::array<float, n> forth{};
  std::array<float, n> back{};
  ciede2000(x, y, n, forth.data());
  ciede2000(y, x, n, back.data());
  for (std::size_t i = 0; i < n; ++i) {
    CAPTURE(i + 1);
    CHECK(std::abs(forth[i] - kPairs[i].difference) < 0.0006f);
    CHECK(back[i] == doctest::Approx(forth[i]).epsilon(0.0001));
  }
}

TEST_CASE("sRGB to Lab of known colours") {
  constexpr std::uint16_t kFull = kFineRange;
  constexpr std::array<std::uint16_t, 15> kSamples = {0, 0, 0, kFull, kFull,    kFull,    kFull,   0,
                                                      0, 0, 0, kFull, 119 * 16, 119 * 16, 119 * 16};
  LabRow lab;
  lab_from_srgb(kSamples.data(), 5, 3, lab);
  constexpr float kExpected[5][3] = {
      {0, 0, 0}, {100, 0, 0}, {53.2408f, 80.0925f, 67.2032f}, {32.2970f, 79.1875f, -107.8602f}, {50.0344f, 0, 0}};
  for (std::size_t i = 0; i < 5; ++i) {
    CAPTURE(i);
    CHECK(lab.lightness[i] == doctest::Approx(kExpected[i][0]).scale(100).epsilon(2e-4));
    CHECK(lab.a[i] == doctest::Approx(kExpected[i][1]).scale(100).epsilon(2e-4));
    CHECK(lab.b[i] == doctest::Approx(kExpected[i][2]).scale(100).epsilon(2e-4));
  }
  LabRow grey;
  lab_from_srgb(&kSamples[12], 1, 1, grey);
  CHECK(grey.lightness[0] == lab.lightness[4]);
}

TEST_CASE("the percentile is the smallest step that enough differences do not exceed") {
  DifferenceHistogram histogram;
  CHECK(histogram.percentile(95) == 0);
  std::vector<float> values;
  for (int i = 1; i <= 100; ++i) values.push_back(static_cast<float>(i) * 0.1f);
  histogram.add(values.data(), values.size());
  CHECK(histogram.percentile(95) == 950);
  CHECK(histogram.percentile(100) == 1000);
  const float huge = 1000.0f;
  histogram.add(&huge, 1);
  CHECK(histogram.percentile(100) == 10000);
}
