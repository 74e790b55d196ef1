#include "perturb/colour_difference.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

#include "perturb/simd.h"

namespace wardmark {
namespace {

// Fifth root of 0 < x <= 1 by Newton steps: no library power, whose last bits differ between machines.
double fifth_root(double x) {
  double r = 1.0;
  for (int i = 0; i < 40; ++i) r = (4.0 * r + x / (r * r * r * r)) / 5.0;
  return r;
}

// The sRGB decoding curve, IEC 61966-2-1.
float linear_light(double s) {
  if (s <= 0.04045) return static_cast<float>(s / 12.92);
  const double t = (s + 0.055) / 1.055;
  return static_cast<float>(t * t * fifth_root(t * t));  // t^2.4
}

const std::array<float, kFineRange + 1>& linear_light_table() {
  static const auto kTable = [] {
    std::array<float, kFineRange + 1> table{};
    for (std::size_t i = 0; i < table.size(); ++i) table[i] = linear_light(static_cast<double>(i) / kFineRange);
    return table;
  }();
  return kTable;
}

// Cube root of x >= 0: a first guess from the exponent, two Halley steps; about one unit in the last place.
WARDMARK_INLINE float cube_root(float x) {
  float r = std::bit_cast<float>(std::bit_cast<std::uint32_t>(x) / 3u + 709921077u);
  float r3 = r * r * r;
  r = r * (r3 + 2.0f * x) / (2.0f * r3 + x);
  r3 = r * r * r;
  return r * (r3 + 2.0f * x) / (2.0f * r3 + x);
}

WARDMARK_INLINE float lab_curve(float t) {
  const float root = cube_root(t);
  const float line = t * 7.787037f + 0.13793103f;
  return t > 0.008856452f ? root : line;
}

// In place: red, green, blue linear light to L*, a*, b*.
WARDMARK_CLONES void to_lab(float* __restrict red, float* __restrict green, float* __restrict blue, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) {
    const float r = red[i];
    const float g = green[i];
    const float b = blue[i];
    // Rows of the sRGB matrix, divided by the D65 white (0.95047, 1, 1.08883).
    const float x = lab_curve(0.4339499f * r + 0.3762098f * g + 0.1898403f * b);
    const float y = lab_curve(0.2126729f * r + 0.7151522f * g + 0.0721750f * b);
    const float z = lab_curve(0.0177566f * r + 0.1094680f * g + 0.8727755f * b);
    red[i] = 116.0f * y - 16.0f;
    green[i] = 500.0f * (x - y);
    blue[i] = 200.0f * (y - z);
  }
}

WARDMARK_INLINE float seventh_power(float x) {
  const float x2 = x * x;
  return x2 * x2 * x2 * x;
}

// sqrt(c^7 / (c^7 + 25^7)).
WARDMARK_INLINE float chroma_factor(float chroma) {
  const float c7 = seventh_power(chroma);
  return std::sqrt(c7 / (c7 + 6103515625.0f));
}

// sin(2 dTheta) of the rotation term for the mean hue (cosine c, sine s).
WARDMARK_INLINE float blue_rotation(float c, float s) {
  // The angle from 275 degrees by its half's tangent; beyond 90 degrees the term vanishes anyway.
  const float cos_phi = c * 0.08715574f - s * 0.99619470f;
  const float sin_phi = s * 0.08715574f + c * 0.99619470f;
  const float size = sin_phi < 0.0f ? -sin_phi : sin_phi;
  const float denominator = 1.0f + cos_phi > 1e-6f ? 1.0f + cos_phi : 1e-6f;
  const float ratio = size / denominator;
  const float t = ratio < 1.0f ? ratio : 1.0f;
  const float t2 = t * t;
  const float half = t * (0.9998660f + t2 * (-0.3302995f + t2 * (0.1801410f + t2 * (-0.0851330f + t2 * 0.0208351f))));
  const float x = half * (2.0f * 57.2957795f / 25.0f);
  // exp(-x^2) as the 16th power of exp(-x^2 / 16), a short series there.
  const float q = x * x * 0.0625f;
  float e = 1.0f - q * (1.0f - q * (0.5f - q * (1.0f / 6 - q * (1.0f / 24 - q * (1.0f / 120 - q * (1.0f / 720))))));
  e = e * e;
  e = e * e;
  e = e * e;
  e = e * e;
  const float theta = 1.04719755f * e;  // 60 degrees
  const float theta2 = theta * theta;
  return theta * (1.0f - theta2 * (1.0f / 6 - theta2 * (1.0f / 120 - theta2 * (1.0f / 5040))));
}

struct Hue {
  float c, s;
};

// Cosine and sine of the mean hue of (a1, b1) and (a2, b2) with chromas d1, d2: the bisector of the smaller arc.
WARDMARK_INLINE Hue mean_hue(float a1, float b1, float d1, float a2, float b2, float d2) {
  const float i1 = d1 > 0.0f ? 1.0f / d1 : 0.0f;
  const float i2 = d2 > 0.0f ? 1.0f / d2 : 0.0f;
  const float u = a1 * i1 + a2 * i2;
  const float v = b1 * i1 + b2 * i2;
  const float square = u * u + v * v;
  // Opposite hues: the mean of both angles, a quarter turn on from the smaller one.
  const bool first = b1 > 0.0f || (b1 == 0.0f && a1 > 0.0f);
  const float turned_u = first ? -b1 * i1 : -b2 * i2;
  const float turned_v = first ? a1 * i1 : a2 * i2;
  const bool opposite = square < 1e-13f;
  const float norm = opposite ? 1.0f : 1.0f / std::sqrt(opposite ? 1.0f : square);
  return {opposite ? turned_u : u * norm, opposite ? turned_v : v * norm};
}

WARDMARK_INLINE float hue_weight(Hue h) {
  const float cos2 = h.c * h.c - h.s * h.s;
  const float sin2 = 2.0f * h.s * h.c;
  const float cos3 = h.c * cos2 - h.s * sin2;
  const float sin3 = h.s * cos2 + h.c * sin2;
  const float cos4 = cos2 * cos2 - sin2 * sin2;
  const float sin4 = 2.0f * sin2 * cos2;
  return 1.0f - 0.17f * (h.c * 0.8660254f + h.s * 0.5f) + 0.24f * cos2 +
         0.32f * (cos3 * 0.9945219f - sin3 * 0.1045285f) - 0.20f * (cos4 * 0.4539905f + sin4 * 0.8910065f);
}

WARDMARK_INLINE float difference_of(float l1, float a1, float b1, float l2, float a2, float b2) {
  const float chroma = 0.5f * (std::sqrt(a1 * a1 + b1 * b1) + std::sqrt(a2 * a2 + b2 * b2));
  const float stretch = 1.5f - 0.5f * chroma_factor(chroma);
  const float p1 = stretch * a1;
  const float p2 = stretch * a2;
  const float d1 = std::sqrt(p1 * p1 + b1 * b1);
  const float d2 = std::sqrt(p2 * p2 + b2 * b2);
  const float sum = d1 + d2;
  // Differences of chroma and hue without subtracting near-equal roots or taking an angle.
  const float dc = ((p2 - p1) * (p2 + p1) + (b2 - b1) * (b2 + b1)) / (sum > 1e-20f ? sum : 1e-20f);
  const float product = d1 * d2;
  const float dot = p1 * p2 + b1 * b2;
  const float cross = p1 * b2 - p2 * b1;
  const float near_root = std::sqrt(0.5f * (product + (dot > 0.0f ? dot : 0.0f)));
  const float near_hue = cross / (near_root > 1e-20f ? near_root : 1e-20f);
  const float far_hue = 2.0f * std::sqrt(0.5f * (product - (dot < 0.0f ? dot : 0.0f)));
  const float dh = dot < 0.0f ? (cross < 0.0f ? -far_hue : far_hue) : near_hue;
  const Hue hue = mean_hue(p1, b1, d1, p2, b2, d2);
  const float lightness = 0.5f * (l1 + l2) - 50.0f;
  const float l_square = lightness * lightness;
  const float mean = 0.5f * sum;
  const float l = (l2 - l1) / (1.0f + 0.015f * l_square / std::sqrt(20.0f + l_square));
  const float c = dc / (1.0f + 0.045f * mean);
  const float h = dh / (1.0f + 0.015f * mean * hue_weight(hue));
  const float rotation = -2.0f * chroma_factor(mean) * blue_rotation(hue.c, hue.s);
  const float square = l * l + c * c + h * h + rotation * c * h;
  return std::sqrt(square > 0.0f ? square : 0.0f);
}

WARDMARK_CLONES void differences(const float* __restrict l1, const float* __restrict a1, const float* __restrict b1,
                                 const float* __restrict l2, const float* __restrict a2, const float* __restrict b2,
                                 float* __restrict out, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) out[i] = difference_of(l1[i], a1[i], b1[i], l2[i], a2[i], b2[i]);
}

}  // namespace

void LabRow::resize(std::size_t n) {
  lightness.resize(n);
  a.resize(n);
  b.resize(n);
}

void lab_from_srgb(const std::uint16_t* samples, std::size_t n, int channels, LabRow& lab) {
  const auto& table = linear_light_table();
  lab.resize(n);
  const std::size_t step = static_cast<std::size_t>(channels);
  const std::size_t green = channels >= 3 ? 1 : 0;
  for (std::size_t i = 0; i < n; ++i, samples += step) {
    lab.lightness[i] = table[samples[0]];
    lab.a[i] = table[samples[green]];
    lab.b[i] = table[samples[2 * green]];
  }
  to_lab(lab.lightness.data(), lab.a.data(), lab.b.data(), n);
}

void ciede2000(const LabRow& x, const LabRow& y, std::size_t n, float* difference) {
  differences(x.lightness.data(), x.a.data(), x.b.data(), y.lightness.data(), y.a.data(), y.b.data(), difference, n);
}

void DifferenceHistogram::add(const float* difference, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) {
    const float step = difference[i] * 100.0f + 0.5f;
    ++counts_[step < static_cast<float>(kBins - 1) ? static_cast<std::size_t>(step) : kBins - 1];
  }
  total_ += n;
}

int DifferenceHistogram::percentile(int percent) const {
  const std::uint64_t wanted = (total_ * static_cast<std::uint64_t>(percent) + 99) / 100;
  std::uint64_t below = 0;
  for (std::size_t i = 0; i < kBins; ++i) {
    below += counts_[i];
    if (below >= wanted) return static_cast<int>(i);
  }
  return 0;
}

}  // namespace wardmark
