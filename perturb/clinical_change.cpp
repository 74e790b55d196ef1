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
void add_noise(const Image& before, const Image& after, int first, int rows, const std::vector<Span>& free,
               FrameSums& sums) {
  std::vector<std::uint8_t> counts(static_cast<std::size_t>(before.full_range()) + 1);
  for (const Span& span : free) {
    for (int v = std::max(0, span.low); v <= std::min(span.high, before.full_range()); ++v) {
      counts[static_cast<std::size_t>(v)] = 1;
    }
  }
  const auto across = static_cast<std::size_t>(before.channels());
  const std::size_t down = before.row_samples();
  for (int y = first + 1; y + 1 < first + rows; ++y) {
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
FrameSums sums_of(const Image& before, const Image& after, int first, int rows, const FrameTone& tone) {
  FrameSums sums;
  const std::size_t n = before.row_samples() * static_cast<std::size_t>(rows);
  add_rows(before.row<T>(first), after.row<T>(first), n, sums);
  add_noise<T>(before, after, first, rows, tone.free, sums);
  return sums;
}

double decibels(double peak, std::uint64_t squares, std::size_t n) {
  if (squares == 0) return std::numeric_limits<double>::infinity();
  const double ratio = peak * peak * static_cast<double>(n) / static_cast<double>(squares);
  return 10.0 / 2.30258509299404568402 * written_log(ratio);
}

template <class T>
std::uint64_t squares_within(const Image& before, const Image& after, int first, int rows, Span window) {
  std::uint64_t sum = 0;
  const T* const x = before.row<T>(first);
  const T* const z = after.row<T>(first);
  const std::size_t n = before.row_samples() * static_cast<std::size_t>(rows);
  for (std::size_t i = 0; i < n; ++i) {
    const int a = std::clamp<int>(x[i], window.low, window.high);
    const int b = std::clamp<int>(z[i], window.low, window.high);
    sum += static_cast<std::uint64_t>(static_cast<std::int64_t>(b - a) * (b - a));
  }
  return sum;
}

/// The worst of the frames so far and this one.
void look(const Picture& picture, const Image& after, int frame, Span window, int known_ssim, WindowFigures& worst) {
  const Image& before = picture.image;
  const int rows = frame_height(picture);
  const bool deep = before.bits() == 16;
  const auto within = deep ? squares_within<std::uint16_t> : squares_within<std::uint8_t>;
  const std::uint64_t squares = within(before, after, frame * rows, rows, window);
  const std::size_t n = before.row_samples() * static_cast<std::size_t>(rows);
  worst.psnr = std::min(worst.psnr, six_digits(decibels(window.high - window.low, squares, n)));
  if (known_ssim >= 0) {
    worst.ssim = known_ssim;
  } else if (squares != 0) {
    const Change change = measure(frame_view(picture, before, frame, window), frame_view(picture, after, frame, window),
                                  Measuring::similarity);
    worst.ssim = std::min(worst.ssim, change.ssim);
  }
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

Clinical clinical_change(const Picture& before, const Image& after, int view_ssim) {
  if (before.tones.empty() || !before.image.same_shape(after)) broken_promise("two pictures that cannot be compared");
  const int rows = frame_height(before);
  const auto sums_of_frame = after.bits() == 16 ? sums_of<std::uint16_t> : sums_of<std::uint8_t>;
  Clinical out;
  out.series = before.series;
  out.unit = before.unit;
  double squares = 0, physical_squares = 0, shift = 0, noise_before = 0, noise_after = 0;
  for (int frame = 0; frame < before.frames; ++frame) {
    const FrameTone& tone = before.tones[static_cast<std::size_t>(frame)];
    const FrameSums sums = sums_of_frame(before.image, after, frame * rows, rows, tone);
    const double slope = std::abs(tone.slope);
    out.max_steps = std::max<std::int64_t>(out.max_steps, sums.max);
    out.max_physical = std::max(out.max_physical, sums.max * slope);
    squares += static_cast<double>(sums.squares);
    physical_squares += static_cast<double>(sums.squares) * slope * slope;
    shift += static_cast<double>(sums.shift) * tone.slope;
    noise_before += static_cast<double>(sums.noise_before);
    noise_after += static_cast<double>(sums.noise_after);
    const Span range = {sums.lowest, std::max(sums.highest, sums.lowest + 1)};
    const std::vector<Span> windows = windows_of(tone);
    if (frame == 0) {
      out.full = window_of(tone, range);
      for (const Span& window : windows) out.windows.push_back(window_of(tone, window));
    }
    look(before, after, frame, range, -1, out.full);
    for (std::size_t w = 0; w < std::min(windows.size(), out.windows.size()); ++w) {
      look(before, after, frame, windows[w], w == 0 ? view_ssim : -1, out.windows[w]);
    }
  }
  const auto n = static_cast<double>(after.samples());
  out.rms_steps = six_digits(std::sqrt(squares / n));
  out.rms_physical = six_digits(std::sqrt(physical_squares / n));
  out.max_physical = six_digits(out.max_physical);
  out.mean_shift = six_digits(shift / n);
  if (noise_before > 0) out.noise_ratio = six_digits(noise_after / noise_before);
  return out;
}

}  // namespace wardmark
