#include "perturb/apply.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <optional>

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

// Stored samples as values, and with a change carried to them.
template <class T>
WARDMARK_INLINE void load_body(const T* __restrict before, float* __restrict v, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) v[i] = static_cast<float>(before[i]);
}
template <class T>
WARDMARK_INLINE void sum_body(const T* __restrict before, const Enlargement::Taps& taps, std::size_t x,
                              float* __restrict v, std::size_t n) {
  const float* __restrict a = taps.rows[0] + x;
  const float* __restrict b = taps.rows[1] + x;
  const float* __restrict c = taps.rows[2] + x;
  const float* __restrict d = taps.rows[3] + x;
  const auto [wa, wb, wc, wd] = taps.weights;
  for (std::size_t i = 0; i < n; ++i) {
    v[i] = static_cast<float>(before[i]) + ((wa * a[i] + wb * b[i]) + (wc * c[i] + wd * d[i]));
  }
}
WARDMARK_CLONES void load(const std::uint8_t* before, float* v, std::size_t n) { load_body(before, v, n); }
WARDMARK_CLONES void load(const std::uint16_t* before, float* v, std::size_t n) { load_body(before, v, n); }
WARDMARK_CLONES void sum(const std::uint8_t* before, const Enlargement::Taps& taps, std::size_t x, float* v,
                         std::size_t n) {
  sum_body(before, taps, x, v, n);
}
WARDMARK_CLONES void sum(const std::uint16_t* before, const Enlargement::Taps& taps, std::size_t x, float* v,
                         std::size_t n) {
  sum_body(before, taps, x, v, n);
}

RowShape row_shape(const Image& image) {
  return {image.width(), image.height(), image.colour_channels(), image.channels(),
          static_cast<float>(image.full_range())};
}

template <class T>
bool same_everywhere(const Image& image) {
  const std::size_t step = static_cast<std::size_t>(image.channels());
  const std::size_t colour = static_cast<std::size_t>(image.colour_channels());
  const T* const first = image.row<T>(0);
  for (int y = 0; y < image.height(); ++y) {
    const T* const row = image.row<T>(y);
    for (std::size_t i = 0; i < image.row_samples(); ++i) {
      if (i % step < colour && row[i] != first[i % step]) return false;
    }
  }
  return true;
}
bool is_constant(const Image& image) {
  return image.bits() == 16 ? same_everywhere<std::uint16_t>(image) : same_everywhere<std::uint8_t>(image);
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
void store_planes(const Image& image, const Planes& changed, RowStage* stage, const Storing& s, Image& out,
                  Meter& meter) {
  const std::size_t n = image.row_samples();
  const std::size_t colour = static_cast<std::size_t>(image.colour_channels());
  const std::size_t channels = static_cast<std::size_t>(image.channels());
  Raw<float> buffer(image.alpha() || stage != nullptr ? n : 0);
  for (int y = 0; y < image.height(); ++y) {
    const T* before = image.row<T>(y);
    const float* values =
        changed.v.data() + static_cast<std::size_t>(y) * static_cast<std::size_t>(image.width()) * colour;
    if (image.alpha()) {
      for (std::size_t i = 0; i < n; ++i) {
        const bool opacity = i % channels == colour;
        buffer[i] = opacity ? static_cast<float>(before[i]) : *values++;
      }
      values = buffer.data();
    } else if (stage != nullptr) {
      std::copy_n(values, n, buffer.data());
      values = buffer.data();
    }
    if (stage != nullptr) stage->row(y, n, buffer.data());
    store(before, values, out.row<T>(y), n, s);
    meter.row(before, out.row<T>(y));
  }
}

// One strip of the rows y .. y + rows - 1: `values` gives what a row is before the stage.
template <class T, class Values>
void store_strip(const Image& image, RowStage& stage, int y, int rows, std::size_t x, const Storing& s, Image& out,
                 const Values& values) {
  std::array<float, RowStage::kStrip> buffer;
  const std::size_t strip = std::min(RowStage::kStrip, image.row_samples() - x);
  for (int row = y; row < y + rows; ++row) {
    const T* before = image.row<T>(row) + x;
    values(row - y, before, buffer.data(), strip);
    stage.strip(row, x, strip, buffer.data());
    store(before, buffer.data(), out.row<T>(row) + x, strip, s);
  }
}

// Rows that need nothing but themselves.
template <class T>
void store_rows(const Image& image, RowStage& stage, const Storing& s, Image& out, Meter& meter) {
  const auto values = [](int, const T* before, float* v, std::size_t n) { load(before, v, n); };
  for (int y = 0; y < image.height();) {
    const int rows = std::min(RowStage::kRows, image.height() - y);
    stage.band(y, rows);
    for (std::size_t x = 0; x < image.row_samples(); x += RowStage::kStrip)
      store_strip<T>(image, stage, y, rows, x, s, out, values);
    for (const int end = y + rows; y < end; ++y) meter.row(image.row<T>(y), out.row<T>(y));
  }
}

// A change at training size, carried to every native row, and the rows' own stage after it. Rows between the same four
// training rows are done together, strip by strip, so that those rows are read from the first cache; the meter then
// finds the finished rows in the second.
template <class T>
void store_enlarged(const Image& image, Enlargement& change, RowStage* stage, const Storing& s, Image& out,
                    Meter& meter) {
  constexpr int kRows = RowStage::kRows;
  constexpr std::size_t kStrip = 1024;
  const std::size_t n = image.row_samples();
  std::array<Enlargement::Taps, kRows> taps;
  for (int y = 0; y < image.height();) {
    const int rows = change.run_of(y, kRows);
    for (int k = 0; k < rows; ++k) taps[static_cast<std::size_t>(k)] = change.taps(y + k);
    if (stage != nullptr) stage->band(y, rows);
    for (std::size_t x = 0; stage != nullptr && x < n; x += RowStage::kStrip) {
      store_strip<T>(image, *stage, y, rows, x, s, out, [&](int k, const T* before, float* v, std::size_t strip) {
        sum(before, taps[static_cast<std::size_t>(k)], x, v, strip);
      });
    }
    for (std::size_t x = 0; stage == nullptr && x < n; x += kStrip) {
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

// What a method makes of a picture at the size it is called at, and what follows by rows.
struct Result {
  Planes seen;
  Planes changed;  ///< empty where there are rows alone
  std::unique_ptr<RowStage> stage;
  bool left = false;
  bool own_size(const Image& image) const { return changed.width == image.width() && changed.height == image.height(); }
};

Result result_of(const Image& image, const Protector& protector, const ItemContext& item, std::optional<Note>& why) {
  Result out;
  if (protector.by_rows()) {
    out.left = is_constant(image);
    if (out.left) why = Note{Code::flat, {}};
  } else {
    const Size size = protector.train_size(image.width(), image.height());
    const bool own_size = size == Size{image.width(), image.height()};
    out.seen = own_size ? to_planes(image) : shrink(image, size.width, size.height);
    out.changed = protector.protect(out.seen, item, why);
    out.left = out.changed.v.empty();
    if (!out.left) check_planes(out.seen, out.changed);
  }
  if (!out.left) out.stage = protector.rows(row_shape(image), item);
  return out;
}

// One frame from the method's result, in place: the change of every sample of its view, then of what is stored.
template <class T>
void change_frame(const FrameTone& tone, const Image& view, Result result, Image& frame, Change& sums) {
  const ToneStore store(tone, view);
  const std::size_t n = view.row_samples();
  const bool rows_alone = result.changed.v.empty();
  const bool own_size = result.own_size(view);
  std::optional<Enlargement> enlarged;
  if (!rows_alone) subtract(result.seen, result.changed);
  if (!rows_alone && !own_size) enlarged.emplace(std::move(result.changed), view.width(), view.height(), false);
  std::vector<float> values(n);
  for (int y = 0; y < view.height(); ++y) {
    if (enlarged) {
      const Enlargement::Taps taps = enlarged->taps(y);
      for (std::size_t i = 0; i < n; ++i) {
        values[i] = (taps.weights[0] * taps.rows[0][i] + taps.weights[1] * taps.rows[1][i]) +
                    (taps.weights[2] * taps.rows[2][i] + taps.weights[3] * taps.rows[3][i]);
      }
    } else if (rows_alone) {
      std::ranges::fill(values, 0.0f);
    } else {
      std::copy_n(result.changed.v.data() + static_cast<std::size_t>(y) * n, n, values.data());
    }
    if (result.stage) {
      const T* const seen = view.row<T>(y);
      for (std::size_t i = 0; i < n; ++i) values[i] += static_cast<float>(seen[i]);
      result.stage->row(y, n, values.data());
      for (std::size_t i = 0; i < n; ++i) values[i] -= static_cast<float>(seen[i]);
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
  Result result = result_of(image, protector, item, why);
  if (result.left) return left_alone(image, std::move(why));

  const Storing storing{static_cast<float>(budget.steps(image.full_range())), static_cast<float>(image.full_range()),
                        protector.rounding() == Rounding::half_up ? 0.5f : 0.0f};
  Applied out{Image(image.width(), image.height(), image.channels(), image.bits(), image.alpha()), {}, false, {}};
  Meter meter(image, measuring);
  const bool deep = image.bits() == 16;
  RowStage* const stage = result.stage.get();
  if (result.changed.v.empty()) {
    if (stage == nullptr) broken_promise("a method that works by rows has none");
    const auto store_all = deep ? store_rows<std::uint16_t> : store_rows<std::uint8_t>;
    store_all(image, *stage, storing, out.image, meter);
  } else if (result.own_size(image)) {
    const auto store_all = deep ? store_planes<std::uint16_t> : store_planes<std::uint8_t>;
    store_all(image, result.changed, stage, storing, out.image, meter);
  } else {
    subtract(result.seen, result.changed);
    Enlargement change(std::move(result.changed), image.width(), image.height(), image.alpha());
    const auto store_all = deep ? store_enlarged<std::uint16_t> : store_enlarged<std::uint8_t>;
    store_all(image, change, stage, storing, out.image, meter);
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
      Result result = result_of(view, protector, item, why);
      if (!result.left) {
        after = before;
        const auto change = view.bits() == 16 ? change_frame<std::uint16_t> : change_frame<std::uint8_t>;
        change(tone, view, std::move(result), after, out.change);
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

namespace {

/// Pages of one file: each is a picture of its own, all get the item's one mark.
Applied apply_to_pages(const Picture& picture, const Protector& protector, const ItemContext& item,
                       const Budget& budget, Measuring measuring) {
  Applied out = left_alone(picture.image, {});
  out.change.samples = 0;
  for (int number = 0; number < picture.frames; ++number) {
    const Applied page = apply(frame_of(picture.image, picture.frames, number), protector, item, budget, measuring);
    std::ranges::copy(page.image.raw(),
                      out.image.raw().begin() + static_cast<std::ptrdiff_t>(page.image.raw().size()) * number);
    out.left = out.left && page.left;
    out.change.max_abs = std::max(out.change.max_abs, page.change.max_abs);
    out.change.sum_sq += page.change.sum_sq;
    out.change.samples += page.change.samples;
    add_view_change(page.change, out.change);
    for (const Note& note : page.notes) {
      if (std::ranges::find(out.notes, note) == out.notes.end()) out.notes.push_back(note);
    }
  }
  return out;
}

}  // namespace

Applied apply(const Picture& picture, const Protector& protector, const ItemContext& item, const Budget& budget,
              Measuring measuring) {
  if (picture.tones.empty() && picture.frames > 1) return apply_to_pages(picture, protector, item, budget, measuring);
  if (picture.tones.empty()) return apply(picture.image, protector, item, budget, measuring);
  Picture own = picture;
  Applied out = apply_in_place(own, protector, item, measuring, nullptr);
  out.image = std::move(own.image);
  return out;
}

}  // namespace wardmark
