#include "perturb/clinical_change.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "core/error.h"
#include "core/random.h"
#include "perturb/measure.h"
#include "perturb/tone.h"

namespace wardmark {
namespace {

using Span = FrameTone::Span;

/// Exact sums over one frame.
struct FrameSums {
  int max = 0;
  int lowest = 65535;
  int highest = 0;
  std::int64_t shift = 0;
  std::uint64_t squares = 0;
  std::uint64_t noise_before = 0;
  std::uint64_t noise_after = 0;
};

template <class T>
void add_rows(const T* before, const T* after, std::size_t n, FrameSums& sums) {
  for (std::size_t i = 0; i < n; ++i) {
    const int x = before[i];
    const int step = static_cast<int>(after[i]) - x;
    sums.max = std::max(sums.max, step < 0 ? -step : step);
    sums.lowest = std::min(sums.lowest, x);
    sums.highest = std::max(sums.highest, x);
    sums.shift += step;
    sums.squares += static_cast<std::uint64_t>(static_cast<std::int64_t>(step) * step);
  }
}

/// |4 c - 2 (n + s + e + w) + corners| at one sample.
template <class T>
std::uint64_t response(const T* at, std::size_t across, std::size_t down) {
  const T* const up = at - down;
  const T* const below = at + down;
  const int corners = *(up - across) + up[across] + *(below - across) + below[across];
  const int edges = *up + *below + *(at - across) + at[across];
  return static_cast<std::uint64_t>(std::abs(4 * static_cast<int>(*at) - 2 * edges + corners));
}

template <class T>
void add_noise(const Image& before, const Image& after, const std::vector<Span>& free, FrameSums& sums) {
  std::vector<std::uint8_t> counts(static_cast<std::size_t>(before.full_range()) + 1);
  for (const Span& span : free) {
    for (int v = std::max(0, span.low); v <= std::min(span.high, before.full_range()); ++v) {
      counts[static_cast<std::size_t>(v)] = 1;
    }
  }
  const auto across = static_cast<std::size_t>(before.channels());
  const std::size_t down = before.row_samples();
  for (int y = 1; y + 1 < before.height(); ++y) {
    const T* const x = before.row<T>(y);
    const T* const z = after.row<T>(y);
    for (std::size_t i = across; i + across < down; ++i) {
      if (counts[x[i]] == 0) continue;
      sums.noise_before += response(x + i, across, down);
      sums.noise_after += response(z + i, across, down);
    }
  }
}

template <class T>
FrameSums sums_of(const Image& before, const Image& after, const FrameTone& tone) {
  FrameSums sums;
  add_rows(before.row<T>(0), after.row<T>(0), before.samples(), sums);
  add_noise<T>(before, after, tone.free, sums);
  return sums;
}

double decibels(double peak, std::uint64_t squares, std::size_t n) {
  if (squares == 0) return std::numeric_limits<double>::infinity();
  const double ratio = peak * peak * static_cast<double>(n) / static_cast<double>(squares);
  return 10.0 / 2.30258509299404568402 * written_log(ratio);
}

template <class T>
std::uint64_t squares_within(const Image& before, const Image& after, Span window) {
  std::uint64_t sum = 0;
  const T* const x = before.row<T>(0);
  const T* const z = after.row<T>(0);
  for (std::size_t i = 0; i < before.samples(); ++i) {
    const int a = std::clamp<int>(x[i], window.low, window.high);
    const int b = std::clamp<int>(z[i], window.low, window.high);
    sum += static_cast<std::uint64_t>(static_cast<std::int64_t>(b - a) * (b - a));
  }
  return sum;
}

/// The worst of the frames so far and this one; without `similarity` SSIM is told later.
void look(const Image& before, const Image& after, Span window, bool similarity, WindowFigures& worst) {
  const auto within = before.bits() == 16 ? squares_within<std::uint16_t> : squares_within<std::uint8_t>;
  const std::uint64_t squares = within(before, after, window);
  worst.psnr = std::min(worst.psnr, six_digits(decibels(window.high - window.low, squares, before.samples())));
  if (!similarity || squares == 0) return;
  const Change change = measure(windowed(before, window), windowed(after, window), Measuring::similarity);
  worst.ssim = std::min(worst.ssim, change.ssim);
}

WindowFigures window_of(const FrameTone& tone, Span window) {
  const double a = tone.zero + window.low * tone.slope;
  const double b = tone.zero + window.high * tone.slope;
  return {six_digits(std::min(a, b)), six_digits(std::max(a, b)), std::numeric_limits<double>::infinity(), 10000};
}

/// Windows of a frame, its series' first.
std::vector<Span> windows_of(const FrameTone& tone) {
  std::vector<Span> windows = {{tone.black, tone.white}};
  windows.insert(windows.end(), tone.windows.begin(), tone.windows.end());
  return windows;
}

}  // namespace

ClinicalMeter::ClinicalMeter(const Picture& picture, bool view_known) : view_known_(view_known) {
  if (picture.tones.empty()) broken_promise("a picture without tones has no clinical figures");
  out_.series = picture.series;
  out_.unit = picture.unit;
}

void ClinicalMeter::frame(const FrameTone& tone, const Image& before, const Image& after) {
  if (!before.same_shape(after)) broken_promise("two pictures that cannot be compared");
  const auto sums_of_frame = after.bits() == 16 ? sums_of<std::uint16_t> : sums_of<std::uint8_t>;
  const FrameSums sums = sums_of_frame(before, after, tone);
  const double slope = std::abs(tone.slope);
  out_.max_steps = std::max<std::int64_t>(out_.max_steps, sums.max);
  out_.max_physical = std::max(out_.max_physical, sums.max * slope);
  squares_ += static_cast<double>(sums.squares);
  physical_squares_ += static_cast<double>(sums.squares) * slope * slope;
  shift_ += static_cast<double>(sums.shift) * tone.slope;
  noise_before_ += static_cast<double>(sums.noise_before);
  noise_after_ += static_cast<double>(sums.noise_after);
  samples_ += before.samples();
  const Span range = {sums.lowest, std::max(sums.highest, sums.lowest + 1)};
  const std::vector<Span> windows = windows_of(tone);
  if (!begun_) {
    out_.full = window_of(tone, range);
    for (const Span& window : windows) out_.windows.push_back(window_of(tone, window));
    begun_ = true;
  }
  look(before, after, range, true, out_.full);
  for (std::size_t w = 0; w < std::min(windows.size(), out_.windows.size()); ++w) {
    look(before, after, windows[w], w > 0 || !view_known_, out_.windows[w]);
  }
}

Clinical ClinicalMeter::finish(int view_ssim) {
  const auto n = static_cast<double>(samples_);
  if (view_known_ && !out_.windows.empty()) out_.windows.front().ssim = view_ssim;
  out_.rms_steps = six_digits(std::sqrt(squares_ / n));
  out_.rms_physical = six_digits(std::sqrt(physical_squares_ / n));
  out_.max_physical = six_digits(out_.max_physical);
  out_.mean_shift = six_digits(shift_ / n);
  if (noise_before_ > 0) out_.noise_ratio = six_digits(noise_after_ / noise_before_);
  return std::move(out_);
}

Clinical clinical_change(const Picture& before, const Image& after) {
  if (!before.image.same_shape(after)) broken_promise("two pictures that cannot be compared");
  ClinicalMeter meter(before, false);
  for (int frame = 0; frame < before.frames; ++frame) {
    meter.frame(before.tones.at(static_cast<std::size_t>(frame)), frame_of(before.image, before.frames, frame),
                frame_of(after, before.frames, frame));
  }
  return meter.finish(0);
}

}  // namespace wardmark
