#include "perturb/apply.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/error.h"
#include "perturb/clinical_change.h"
#include "perturb/enlargement.h"
#include "perturb/resample.h"
#include "perturb/simd.h"
#include "perturb/tone.h"

namespace wardmark {
namespace {

// How a value becomes a stored sample. Limits are whole numbers, so rounding after clamping stays inside them.
struct Storing {
  float limit;  ///< largest change
  float full_range;
  float offset;  ///< 0.5: round half up; 0: truncate
};

template <class T>
WARDMARK_INLINE T stored(T before, float value, const Storing& s) {
  const float x = static_cast<float>(before);
  const float low = x - s.limit > 0.0f ? x - s.limit : 0.0f;
  const float high = x + s.limit < s.full_range ? x + s.limit : s.full_range;
  const float raised = value > low ? value : low;
  const float kept = raised < high ? raised : high;
  return static_cast<T>(static_cast<int>(kept + s.offset));
}

template <class T>
WARDMARK_INLINE void store_body(const T* __restrict before, const float* __restrict values, T* __restrict after,
                                std::size_t n, Storing s) {
  for (std::size_t i = 0; i < n; ++i) after[i] = stored(before[i], values[i], s);
}

template <class T>
WARDMARK_INLINE void blend_body(const T* __restrict before, const Enlargement::Taps& taps, std::size_t x,
                                T* __restrict after, std::size_t n, Storing s) {
  const float* __restrict a = taps.rows[0] + x;
  const float* __restrict b = taps.rows[1] + x;
  const float* __restrict c = taps.rows[2] + x;
  const float* __restrict d = taps.rows[3] + x;
  const float wa = taps.weights[0];
  const float wb = taps.weights[1];
  const float wc = taps.weights[2];
  const float wd = taps.weights[3];
  for (std::size_t i = 0; i < n; ++i) {
    const float change = (wa * a[i] + wb * b[i]) + (wc * c[i] + wd * d[i]);
    after[i] = stored(before[i], static_cast<float>(before[i]) + change, s);
  }
}

WARDMARK_CLONES void store(const std::uint8_t* before, const float* v, std::uint8_t* after, std::size_t n, Storing s) {
  store_body(before, v, after, n, s);
}
WARDMARK_CLONES void store(const std::uint16_t* before, const float* v, std::uint16_t* after, std::size_t n,
                           Storing s) {
  store_body(before, v, after, n, s);
}
WARDMARK_CLONES void blend(const std::uint8_t* before, const Enlargement::Taps& taps, std::size_t x,
                           std::uint8_t* after, std::size_t n, Storing s) {
  blend_body(before, taps, x, after, n, s);
}
WARDMARK_CLONES void blend(const std::uint16_t* before, const Enlargement::Taps& taps, std::size_t x,
                           std::uint16_t* after, std::size_t n, Storing s) {
  blend_body(before, taps, x, after, n, s);
}

void check_planes(const Planes& given, const Planes& changed) {
  if (changed.width != given.width || changed.height != given.height || changed.channels != given.channels ||
      changed.v.size() != given.v.size()) {
    broken_promise("a method changed the shape of a picture");
  }
  if (!std::ranges::all_of(changed.v, [](float v) { return std::isfinite(v); })) {
    broken_promise("a method returned a value that is no number");
  }
}

// Values of the method at the picture's own size, row by row.
template <class T>
void store_planes(const Image& image, const Planes& changed, const Storing& s, Image& out, Meter& meter) {
  const std::size_t n = image.row_samples();
  const std::size_t colour = static_cast<std::size_t>(image.colour_channels());
  const std::size_t channels = static_cast<std::size_t>(image.channels());
  std::vector<float> with_alpha(image.alpha() ? n : 0);
  for (int y = 0; y < image.height(); ++y) {
    const T* before = image.row<T>(y);
    const float* values =
        changed.v.data() + static_cast<std::size_t>(y) * static_cast<std::size_t>(image.width()) * colour;
    if (image.alpha()) {
      for (std::size_t i = 0; i < n; ++i) {
        const bool opacity = i % channels == colour;
        with_alpha[i] = opacity ? static_cast<float>(before[i]) : *values++;
      }
      values = with_alpha.data();
    }
    store(before, values, out.row<T>(y), n, s);
    meter.row(before, out.row<T>(y));
  }
}

// A change at training size, carried to every native row. Rows between the same four training rows are done together,
// strip by strip, so that those rows are read from the first cache; the meter then finds the finished rows in the
// second.
template <class T>
void store_enlarged(const Image& image, Enlargement& change, const Storing& s, Image& out, Meter& meter) {
  constexpr int kRows = 16;
  constexpr std::size_t kStrip = 1024;
  const std::size_t n = image.row_samples();
  std::array<Enlargement::Taps, kRows> taps;
  for (int y = 0; y < image.height();) {
    const int rows = change.run_of(y, kRows);
    for (int k = 0; k < rows; ++k) taps[static_cast<std::size_t>(k)] = change.taps(y + k);
    for (std::size_t x = 0; x < n; x += kStrip) {
      const std::size_t strip = std::min(kStrip, n - x);
      for (int k = 0; k < rows; ++k) {
        blend(image.row<T>(y + k) + x, taps[static_cast<std::size_t>(k)], x, out.row<T>(y + k) + x, strip, s);
      }
    }
    for (const int end = y + rows; y < end; ++y) meter.row(image.row<T>(y), out.row<T>(y));
  }
}

// The method's change within the range of samples, in place of its result.
void subtract(const Planes& picture, Planes& changed) {
  for (std::size_t i = 0; i < changed.v.size(); ++i) {
    changed.v[i] = std::clamp(changed.v[i], 0.0f, picture.full_range) - picture.v[i];
  }
}

// What a frame's change, in samples of its view, does to its stored samples.
class ToneStore {
 public:
  ToneStore(const FrameTone& tone, const Image& view)
      : bounds_(tone, view.full_range() + 1),
        gain_(static_cast<float>(tone.white - tone.black) / static_cast<float>(view.full_range())) {}
  template <class T>
  void row(T* samples, const float* change, std::size_t n, Change& sums) const {
    for (std::size_t i = 0; i < n; ++i) {
      const T before = samples[i];
      const float moved = static_cast<float>(before) + change[i] * gain_;
      const float low = static_cast<float>(bounds_.low[before]);
      const float high = static_cast<float>(bounds_.high[before]);
      const float raised = moved > low ? moved : low;
      const float kept = raised < high ? raised : high;
      samples[i] = static_cast<T>(static_cast<int>(kept + 0.5f));
      const int step = static_cast<int>(samples[i]) - static_cast<int>(before);
      sums.max_abs = std::max(sums.max_abs, step < 0 ? -step : step);
      sums.sum_sq += static_cast<std::uint64_t>(static_cast<std::int64_t>(step) * step);
    }
  }

 private:
  ToneBounds bounds_;
  float gain_;
};

// One frame, from the method's result, in place.
template <class T>
void change_frame(const FrameTone& tone, const Image& view, Planes changed, const Planes& seen, Image& frame,
                  Change& sums) {
  const ToneStore store(tone, view);
  const std::size_t n = view.row_samples();
  subtract(seen, changed);
  const bool own_size = changed.width == view.width() && changed.height == view.height();
  if (own_size) {
    for (int y = 0; y < view.height(); ++y) {
      store.row(frame.row<T>(y), changed.v.data() + static_cast<std::size_t>(y) * n, n, sums);
    }
    return;
  }
  Enlargement enlarged(std::move(changed), view.width(), view.height(), false);
  std::vector<float> values(n);
  for (int y = 0; y < view.height(); ++y) {
    const Enlargement::Taps taps = enlarged.taps(y);
    for (std::size_t i = 0; i < n; ++i) {
      values[i] = (taps.weights[0] * taps.rows[0][i] + taps.weights[1] * taps.rows[1][i]) +
                  (taps.weights[2] * taps.rows[2][i] + taps.weights[3] * taps.rows[3][i]);
    }
    store.row(frame.row<T>(y), values.data(), n, sums);
  }
}

void add_view_change(const Change& frame, Change& sums) {
  sums.ssim = std::min(sums.ssim, frame.ssim);
  sums.ciede2000_p95 = std::max(sums.ciede2000_p95, frame.ciede2000_p95);
}

Applied left_alone(const ImageShape& shape, std::optional<Note> why) {
  Applied out{{}, {}, true, {}};
  out.change.full_range = shape.bits == 16 ? 65535 : 255;
  out.change.samples = static_cast<std::size_t>(shape.width) * static_cast<std::size_t>(shape.height) *
                       static_cast<std::size_t>(shape.channels - (shape.alpha ? 1 : 0));
  if (why) out.notes.push_back(std::move(*why));
  return out;
}

Applied left_alone(const Image& image, std::optional<Note> why) {
  Applied out = left_alone(image.shape(), std::move(why));
  out.image = image;
  return out;
}

}  // namespace

void check_budget(const Budget& budget, const MethodInfo& method) {
  if (!budget.epsilon || method.effect == Effect::additive) return;
  throw Error(Code::parameter, "--epsilon: not for " + std::string(method.name) + ", which adds no noise",
              "--max-change limits the change of every method");
}

Applied apply(const Image& image, const Protector& protector, const ItemContext& item, const Budget& budget,
              Measuring measuring) {
  std::optional<Note> why;
  if (protector.leaves(item, why)) return left_alone(image, std::move(why));
  const Size size = protector.train_size(image.width(), image.height());
  const bool own_size = size == Size{image.width(), image.height()};
  const Planes picture = own_size ? to_planes(image) : shrink(image, size.width, size.height);
  Planes changed = protector.protect(picture, item, why);
  if (changed.v.empty()) return left_alone(image, std::move(why));
  check_planes(picture, changed);

  const Storing storing{static_cast<float>(budget.steps(image.full_range())), static_cast<float>(image.full_range()),
                        protector.rounding() == Rounding::half_up ? 0.5f : 0.0f};
  Applied out{Image(image.width(), image.height(), image.channels(), image.bits(), image.alpha()), {}, false, {}};
  Meter meter(image, measuring);
  const bool deep = image.bits() == 16;
  if (own_size) {
    const auto store_all = deep ? store_planes<std::uint16_t> : store_planes<std::uint8_t>;
    store_all(image, changed, storing, out.image, meter);
  } else {
    subtract(picture, changed);
    Enlargement change(std::move(changed), image.width(), image.height(), image.alpha());
    const auto store_all = deep ? store_enlarged<std::uint16_t> : store_enlarged<std::uint8_t>;
    store_all(image, change, storing, out.image, meter);
  }
  out.change = meter.finish();
  if (why) out.notes.push_back(std::move(*why));
  return out;
}

Applied apply_in_place(Picture& picture, const Protector& protector, const ItemContext& item, Measuring measuring,
                       ClinicalMeter* meter) {
  if (picture.tones.empty()) broken_promise("a picture without tones is not changed in place");
  std::optional<Note> why;
  Applied out = left_alone(picture.image.shape(), {});
  if (protector.leaves(item, why)) {
    if (why) out.notes.push_back(std::move(*why));
    return out;
  }
  out.change.full_range = INT32_MAX;
  for (int number = 0; number < picture.frames; ++number) {
    const FrameTone& tone = picture.tones[static_cast<std::size_t>(number)];
    out.change.full_range = std::min(out.change.full_range, tone.white - tone.black);
    const Image before = frame_of(picture.image, picture.frames, number);
    Image after;
    if (!tone.free.empty()) {
      const Image view = windowed(before, {tone.black, tone.white});
      const Size size = protector.train_size(view.width(), view.height());
      const bool own_size = size == Size{view.width(), view.height()};
      const Planes seen = own_size ? to_planes(view) : shrink(view, size.width, size.height);
      Planes changed = protector.protect(seen, item, why);
      if (!changed.v.empty()) {
        check_planes(seen, changed);
        after = before;
        const auto change = view.bits() == 16 ? change_frame<std::uint16_t> : change_frame<std::uint8_t>;
        change(tone, view, std::move(changed), seen, after, out.change);
        out.left = false;
        if (measuring == Measuring::full) {
          add_view_change(measure(view, windowed(after, {tone.black, tone.white})), out.change);
        }
        std::ranges::copy(after.raw(),
                          picture.image.raw().begin() + static_cast<std::ptrdiff_t>(after.raw().size()) * number);
      }
    }
    if (meter != nullptr) meter->frame(tone, before, after.samples() > 0 ? after : before);
  }
  if (out.left && why) out.notes.push_back(std::move(*why));
  return out;
}

Applied apply(const Picture& picture, const Protector& protector, const ItemContext& item, const Budget& budget,
              Measuring measuring) {
  if (picture.tones.empty()) return apply(picture.image, protector, item, budget, measuring);
  Picture own = picture;
  Applied out = apply_in_place(own, protector, item, measuring, nullptr);
  out.image = std::move(own.image);
  return out;
}

}  // namespace wardmark
