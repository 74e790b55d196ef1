#include "medical/frame_tone.h"

#include <dcmtk/dcmdata/dcdeftag.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "core/error.h"
#include "io/dataset_format.h"

namespace wardmark {
namespace {

constexpr double kAir = -950.0;        // HU; below it nothing is changed
constexpr double kBorderShare = 0.02;  // of a frame

struct Range {
  int low = 65535;
  int high = 0;
};

template <class T>
Range range_of(const Image& image, int first, int rows) {
  Range range;
  const T* samples = image.row<T>(first);
  const std::size_t n = image.row_samples() * static_cast<std::size_t>(rows);
  T low = static_cast<T>(image.full_range());
  T high = 0;
  for (std::size_t i = 0; i < n; ++i) {
    low = std::min(low, samples[i]);
    high = std::max(high, samples[i]);
  }
  range.low = low;
  range.high = high;
  return range;
}

/// Takes the values cut.low..cut.high out of the spans.
void cut_out(std::vector<FrameTone::Span>& spans, FrameTone::Span cut) {
  std::vector<FrameTone::Span> rest;
  for (const FrameTone::Span& span : spans) {
    if (span.low < cut.low) rest.push_back({span.low, std::min(span.high, cut.low - 1)});
    if (span.high > cut.high) rest.push_back({std::max(span.low, cut.high + 1), span.high});
  }
  std::erase_if(rest, [](const FrameTone::Span& span) { return span.low > span.high; });
  std::ranges::sort(rest, {}, &FrameTone::Span::low);
  const auto twice = std::ranges::unique(rest);
  rest.erase(twice.begin(), twice.end());
  spans = std::move(rest);
}

/// Sample value of a physical one, not rounded.
double sample_of(double physical, const Rescale& rescale, const PixelFormat& format) {
  return (physical - rescale.intercept) / rescale.slope - format.lowest();
}

/// Samples shown as black and as white, at least one step apart.
FrameTone::Span samples_of(const SeriesView& view, const Rescale& rescale, const PixelFormat& format) {
  constexpr double kFar = 1 << 24;
  const double a = sample_of(view.low, rescale, format);
  const double b = sample_of(view.high, rescale, format);
  FrameTone::Span span;
  span.low = static_cast<int>(std::floor(std::clamp(std::min(a, b), -kFar, kFar) + 0.5));
  span.high = static_cast<int>(std::floor(std::clamp(std::max(a, b), -kFar, kFar) + 0.5));
  span.high = std::max(span.high, span.low + 1);
  return span;
}

std::vector<FrameTone::Span> free_spans(const Range& range, const PixelFormat& format, const Rescale& rescale,
                                        bool hounsfield, const std::optional<PaddingRange>& padding) {
  std::vector<FrameTone::Span> spans = {{range.low + 1, range.high - 1}};
  std::erase_if(spans, [](const FrameTone::Span& span) { return span.low > span.high; });
  if (padding) cut_out(spans, {padding->low - format.lowest(), padding->high - format.lowest()});
  if (hounsfield) {
    const double air = sample_of(kAir, rescale, format);
    if (rescale.slope > 0)
      cut_out(spans, {-1, static_cast<int>(std::floor(air))});
    else
      cut_out(spans, {static_cast<int>(std::ceil(air)), 65536});
  }
  return spans;
}

/// A bound in stored steps, not rounded.
double stored_steps(double value, Unit unit, double width, double slope, bool hounsfield) {
  if (unit == Unit::window) return value * width / std::abs(slope);
  if (unit == Unit::stored) return value;
  if (!hounsfield) {
    throw Error(Code::dcm_040, "a bound in HU, but the values are not known to be HU",
                "give the bound of this study in %window or stored steps");
  }
  return value / std::abs(slope);
}

}  // namespace

int steps_of(const Budget& budget, bool additive, const PixelFormat& format, const SeriesView& view, double slope,
             bool hounsfield) {
  std::vector<Amount> bounds = budget.clinical;
  if (budget.epsilon) bounds.push_back({*budget.epsilon, Unit::window});
  if (budget.max_change) bounds.push_back({static_cast<double>(*budget.max_change), Unit::stored});
  if (bounds.empty() && additive) bounds.push_back(*parse_clinical("--epsilon", kDefaultBound));
  const double width = view.high - view.low;
  double steps = format.levels() - 1;
  for (const Amount& bound : bounds) {
    double own = stored_steps(bound.value, bound.unit, width, slope, hounsfield);
    if (own < 1 && stored_steps(bound.most, bound.unit, width, slope, hounsfield) >= 1 - 1e-9) own = 1;
    steps = std::min(steps, own);
  }
  // Whole steps, with room for the rounding of quotients that come out whole.
  const int whole = static_cast<int>(std::floor(steps + 1e-9));
  if (whole < 1) {
    throw Error(Code::dcm_041, "the bound is below one stored step, which is " + std::to_string(std::abs(slope)),
                "give a larger bound");
  }
  return whole;
}

std::vector<FrameTone> make_tones(const DicomObject& object, const PixelFormat& format, const Image& image,
                                  const ValueScale& scale, const SeriesView& view, const Budget& budget,
                                  bool additive) {
  const auto padding = read_padding(object, format);
  std::vector<FrameTone> tones;
  for (int frame = 0; frame < format.frames; ++frame) {
    const Rescale& rescale = scale.rescale[static_cast<std::size_t>(frame)];
    const Range range = image.bits() == 16 ? range_of<std::uint16_t>(image, frame * format.rows, format.rows)
                                           : range_of<std::uint8_t>(image, frame * format.rows, format.rows);
    FrameTone tone;
    const FrameTone::Span window = samples_of(view, rescale, format);
    tone.black = window.low;
    tone.white = window.high;
    for (const SeriesView& other : scale.further[static_cast<std::size_t>(frame)]) {
      tone.windows.push_back(samples_of(other, rescale, format));
    }
    tone.most = steps_of(budget, additive, format, view, rescale.slope, scale.hounsfield);
    tone.free = free_spans(range, format, rescale, scale.hounsfield, padding);
    tone.slope = rescale.slope;
    tone.zero = rescale.intercept + format.lowest() * rescale.slope;
    tones.push_back(std::move(tone));
  }
  return tones;
}

bool has_constant_border(const Image& image, const PixelFormat& format) {
  if (format.colour()) return false;
  const Range range = image.bits() == 16 ? range_of<std::uint16_t>(image, 0, format.rows)
                                         : range_of<std::uint8_t>(image, 0, format.rows);
  const auto at = [&](int y, int x) -> int {
    return image.bits() == 16 ? image.row<std::uint16_t>(y)[x] : image.row<std::uint8_t>(y)[x];
  };
  const int right = format.columns - 1;
  const int bottom = format.rows - 1;
  const std::array corners = {at(0, 0), at(0, right), at(bottom, 0), at(bottom, right)};
  if (std::ranges::find(corners, range.low) == corners.end()) return false;
  std::uint64_t lowest = 0;
  for (int y = 0; y < format.rows; ++y) {
    for (int x = 0; x < format.columns; ++x) lowest += at(y, x) == range.low ? 1 : 0;
  }
  return static_cast<double>(lowest) >= kBorderShare * static_cast<double>(format.pixels_per_frame());
}

}  // namespace wardmark
