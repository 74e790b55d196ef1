#include "core/clinical.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "core/error.h"

namespace wardmark {
namespace {

/// One figure of all pictures: the worst by `worse(a, b)`, and the median in that order.
template <class Value, class Worse>
void take(std::vector<Value> values, Worse worse, Value& worst, Value& median) {
  if (values.empty()) return;
  std::ranges::sort(values, worse);
  worst = values.front();
  median = values[values.size() / 2];
}

double from_one(double ratio) { return ratio > 0 ? std::abs(std::log(ratio)) : HUGE_VAL; }

const WindowFigures* window_of(const Clinical& picture) {
  return picture.windows.empty() ? nullptr : &picture.windows.front();
}

}  // namespace

double six_digits(double value) {
  if (!std::isfinite(value)) return value;
  char text[40];
  std::snprintf(text, sizeof text, "%.6g", value);
  return std::strtod(text, nullptr);
}

ClinicalSummary summarise(std::span<const Clinical* const> pictures) {
  if (pictures.empty()) broken_promise("figures of no picture");
  ClinicalSummary sum;
  sum.pictures = pictures.size();
  sum.worst.series = sum.median.series = pictures.front()->series;
  sum.worst.unit = sum.median.unit = pictures.front()->unit;
  const auto each = [&](auto get, auto worse, auto& worst, auto& median) {
    std::vector<std::remove_reference_t<decltype(worst)>> values;
    for (const Clinical* picture : pictures) {
      if (const auto* value = get(*picture)) values.push_back(*value);
    }
    take(std::move(values), worse, worst, median);
  };
  const auto more = [](auto a, auto b) { return a > b; };
  const auto less = [](auto a, auto b) { return a < b; };
  const auto larger = [](double a, double b) { return std::abs(a) > std::abs(b); };
  const auto farther = [](double a, double b) { return from_one(a) > from_one(b); };
  Clinical& w = sum.worst;
  Clinical& m = sum.median;
  each([](const Clinical& c) { return &c.max_steps; }, more, w.max_steps, m.max_steps);
  each([](const Clinical& c) { return &c.rms_steps; }, more, w.rms_steps, m.rms_steps);
  each([](const Clinical& c) { return &c.max_physical; }, more, w.max_physical, m.max_physical);
  each([](const Clinical& c) { return &c.rms_physical; }, more, w.rms_physical, m.rms_physical);
  each([](const Clinical& c) { return &c.mean_shift; }, larger, w.mean_shift, m.mean_shift);
  each([](const Clinical& c) { return &c.full.psnr; }, less, w.full.psnr, m.full.psnr);
  each([](const Clinical& c) { return &c.full.ssim; }, less, w.full.ssim, m.full.ssim);
  for (Clinical* side : {&w, &m}) {
    side->full.low = std::ranges::min(pictures, {}, [](const Clinical* c) { return c->full.low; })->full.low;
    side->full.high = std::ranges::max(pictures, {}, [](const Clinical* c) { return c->full.high; })->full.high;
  }
  if (const WindowFigures* first = window_of(*pictures.front())) {
    w.windows = m.windows = {*first};
    const auto psnr = [](const Clinical& c) { return window_of(c) ? &window_of(c)->psnr : nullptr; };
    const auto ssim = [](const Clinical& c) { return window_of(c) ? &window_of(c)->ssim : nullptr; };
    each(psnr, less, w.windows[0].psnr, m.windows[0].psnr);
    each(ssim, less, w.windows[0].ssim, m.windows[0].ssim);
  }
  double worst_noise = 0.0;
  double median_noise = 0.0;
  const auto noise = [](const Clinical& c) { return c.noise_ratio ? &*c.noise_ratio : nullptr; };
  each(noise, farther, worst_noise, median_noise);
  if (std::ranges::any_of(pictures, [](const Clinical* c) { return c->noise_ratio.has_value(); })) {
    w.noise_ratio = worst_noise;
    m.noise_ratio = median_noise;
  }
  return sum;
}

}  // namespace wardmark
