#include "perturb/measure.h"

#include <algorithm>
#include <array>

#include "core/error.h"
#include "core/random.h"
#include "perturb/colour_difference.h"
#include "perturb/simd.h"
#include "perturb/similarity.h"

namespace wardmark {
namespace {

constexpr int kSimilaritySide = 512;
constexpr int kColourSide = 256;
constexpr int kLargestBox = 256;  // sums of 256 x 256 samples fit 32 bits

// Chunks keep 32-bit sums of squared 8-bit differences from running over.
constexpr std::size_t kChunk = 8192;

WARDMARK_CLONES int largest_difference(const std::uint8_t* x, const std::uint8_t* y, std::size_t n) {
  std::uint8_t largest = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const std::uint8_t d = static_cast<std::uint8_t>(x[i] > y[i] ? x[i] - y[i] : y[i] - x[i]);
    largest = std::max(largest, d);
  }
  return largest;
}

WARDMARK_CLONES int largest_difference(const std::uint16_t* x, const std::uint16_t* y, std::size_t n) {
  std::uint16_t largest = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const std::uint16_t d = static_cast<std::uint16_t>(x[i] > y[i] ? x[i] - y[i] : y[i] - x[i]);
    largest = std::max(largest, d);
  }
  return largest;
}

// Sum of (a - x)(b - x).
WARDMARK_CLONES std::int32_t product_chunk(const std::uint8_t* x, const std::uint8_t* a, const std::uint8_t* b,
                                           std::size_t n) {
  std::int32_t sum = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const std::int16_t d = static_cast<std::int16_t>(a[i] - x[i]);
    const std::int16_t e = static_cast<std::int16_t>(b[i] - x[i]);
    sum += d * e;
  }
  return sum;
}

std::int64_t product_sum(const std::uint8_t* x, const std::uint8_t* a, const std::uint8_t* b, std::size_t n) {
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < n; i += kChunk) sum += product_chunk(x + i, a + i, b + i, std::min(kChunk, n - i));
  return sum;
}

WARDMARK_CLONES std::int64_t product_sum(const std::uint16_t* x, const std::uint16_t* a, const std::uint16_t* b,
                                         std::size_t n) {
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const std::int64_t d = static_cast<std::int32_t>(a[i]) - static_cast<std::int32_t>(x[i]);
    const std::int64_t e = static_cast<std::int32_t>(b[i]) - static_cast<std::int32_t>(x[i]);
    sum += d * e;
  }
  return sum;
}

WARDMARK_CLONES void add_row(std::uint16_t* __restrict sums, const std::uint8_t* __restrict row, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) sums[i] = static_cast<std::uint16_t>(sums[i] + row[i]);
}

WARDMARK_CLONES void add_row(std::uint32_t* __restrict sums, const std::uint16_t* __restrict row, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) sums[i] += row[i];
}

// Means of boxes from column sums: `box` pixels each, the last one of what is left.
template <int kChannels, int kColour, class Sum>
void box_means(const Sum* sums, int width, int box, int rows, float unit, std::uint16_t* out) {
  for (int x = 0; x < width; x += box) {
    const int pixels = std::min(box, width - x);
    std::uint32_t total[kColour] = {};
    for (int i = 0; i < pixels; ++i, sums += kChannels) {
      for (int c = 0; c < kColour; ++c) total[c] += sums[c];
    }
    const float scale = unit / static_cast<float>(pixels * rows);
    for (int c = 0; c < kColour; ++c) {
      *out++ = static_cast<std::uint16_t>(static_cast<float>(total[c]) * scale + 0.5f);
    }
  }
}

template <class Sum>
void box_means(const Sum* sums, int channels, int colour, int width, int box, int rows, float unit,
               std::uint16_t* out) {
  using Means = void (*)(const Sum*, int, int, int, float, std::uint16_t*);
  Means means = box_means<1, 1, Sum>;
  if (channels == 2) means = colour == 1 ? box_means<2, 1, Sum> : box_means<2, 2, Sum>;
  if (channels == 3) means = box_means<3, 3, Sum>;
  if (channels == 4) means = colour == 3 ? box_means<4, 3, Sum> : box_means<4, 4, Sum>;
  means(sums, width, box, rows, unit, out);
}

// BT.601 luma of interleaved samples, or the first channel where there are fewer than three.
std::vector<std::uint16_t> luma_of(const std::vector<std::uint16_t>& fine, int colour) {
  if (colour == 1) return fine;
  const std::size_t step = static_cast<std::size_t>(colour);
  std::vector<std::uint16_t> luma(fine.size() / step);
  for (std::size_t i = 0; i < luma.size(); ++i) {
    const std::uint16_t* p = fine.data() + i * step;
    luma[i] = colour < 3 ? p[0] : static_cast<std::uint16_t>((p[0] * 4899 + p[1] * 9617 + p[2] * 1868 + 8192) >> 14);
  }
  return luma;
}

// One row of 2 x 2 means.
void halve(const std::uint16_t* row, int width, int colour, std::uint16_t* out) {
  const std::uint16_t* below = row + static_cast<std::size_t>(width) * static_cast<std::size_t>(colour);
  for (int x = 0; x + 1 < width; x += 2, row += 2 * colour, below += 2 * colour) {
    for (int c = 0; c < colour; ++c) {
      *out++ = static_cast<std::uint16_t>((row[c] + row[c + colour] + below[c] + below[c + colour] + 2) >> 2);
    }
  }
}

}  // namespace

double Change::psnr() const {
  if (sum_sq == 0) return std::numeric_limits<double>::infinity();
  const double peak = static_cast<double>(full_range) * full_range;
  return 10.0 / 2.30258509299404568402 * written_log(peak * static_cast<double>(samples) / static_cast<double>(sum_sq));
}

Meter::Meter(const Image& shape, Measuring measuring)
    : full_(measuring == Measuring::full),
      width_(shape.width()),
      height_(shape.height()),
      channels_(shape.channels()),
      colour_(shape.colour_channels()) {
  change_.full_range = shape.full_range();
  change_.samples = std::uint64_t{static_cast<std::uint64_t>(width_)} * static_cast<std::uint64_t>(height_) *
                    static_cast<std::uint64_t>(colour_);
  if (!full_) return;
  box_ = std::min((std::min(width_, height_) + kSimilaritySide - 1) / kSimilaritySide, kLargestBox);
  small_width_ = (width_ + box_ - 1) / box_;
  small_height_ = (height_ + box_ - 1) / box_;
  for (Reduced* reduced : {&before_, &after_}) {
    if (shape.bits() == 16) {
      reduced->sums16.assign(shape.row_samples(), 0);
    } else {
      reduced->sums8.assign(shape.row_samples(), 0);
    }
    reduced->fine.resize(static_cast<std::size_t>(small_width_) * static_cast<std::size_t>(small_height_) *
                         static_cast<std::size_t>(colour_));
  }
}

template <class T>
void Meter::take_row(const T* before, const T* after) {
  const std::size_t n = static_cast<std::size_t>(width_) * static_cast<std::size_t>(channels_);
  change_.max_abs = std::max(change_.max_abs, largest_difference(before, after, n));
  change_.sum_sq += static_cast<std::uint64_t>(product_sum(before, after, after, n));
  ++y_;
  if (!full_) return;
  if constexpr (sizeof(T) == 1) {
    add_row(before_.sums8.data(), before, n);
    add_row(after_.sums8.data(), after, n);
  } else {
    add_row(before_.sums16.data(), before, n);
    add_row(after_.sums16.data(), after, n);
  }
  ++rows_in_box_;
  if (rows_in_box_ < box_ && y_ < height_) return;
  flush(before_);
  flush(after_);
  ++small_y_;
  rows_in_box_ = 0;
}

void Meter::flush(Reduced& reduced) {
  std::uint16_t* out = reduced.fine.data() + static_cast<std::size_t>(small_y_) *
                                                 static_cast<std::size_t>(small_width_) *
                                                 static_cast<std::size_t>(colour_);
  const float unit = static_cast<float>(kFineRange) / static_cast<float>(change_.full_range);
  if (reduced.sums16.empty()) {
    box_means(reduced.sums8.data(), channels_, colour_, width_, box_, rows_in_box_, unit, out);
    std::ranges::fill(reduced.sums8, std::uint16_t{0});
  } else {
    box_means(reduced.sums16.data(), channels_, colour_, width_, box_, rows_in_box_, unit, out);
    std::ranges::fill(reduced.sums16, 0u);
  }
}

void Meter::row(const std::uint8_t* before, const std::uint8_t* after) { take_row(before, after); }
void Meter::row(const std::uint16_t* before, const std::uint16_t* after) { take_row(before, after); }

void Meter::similarity() {
  const std::vector<std::uint16_t> x = luma_of(before_.fine, colour_);
  const std::vector<std::uint16_t> y = luma_of(after_.fine, colour_);
  change_.ssim = structural_similarity(x.data(), y.data(), small_width_, small_height_);
}

void Meter::colour_difference() {
  const bool halved = std::min(small_width_, small_height_) > kColourSide;
  const int width = halved ? small_width_ / 2 : small_width_;
  const int height = halved ? small_height_ / 2 : small_height_;
  const std::size_t n = static_cast<std::size_t>(width);
  const std::size_t stride = static_cast<std::size_t>(small_width_) * static_cast<std::size_t>(colour_);
  DifferenceHistogram histogram;
  LabRow x, y;
  std::vector<std::uint16_t> row(n * static_cast<std::size_t>(colour_));
  std::vector<float> difference(n);
  const auto lab = [&](const Reduced& reduced, int line, LabRow& out) {
    const std::uint16_t* from = reduced.fine.data() + static_cast<std::size_t>(halved ? 2 * line : line) * stride;
    if (halved) {
      halve(from, small_width_, colour_, row.data());
      from = row.data();
    }
    lab_from_srgb(from, n, colour_, out);
  };
  for (int line = 0; line < height; ++line) {
    lab(before_, line, x);
    lab(after_, line, y);
    ciede2000(x, y, n, difference.data());
    histogram.add(difference.data(), n);
  }
  change_.ciede2000_p95 = histogram.percentile(95);
}

Change Meter::finish() {
  if (y_ != height_) broken_promise("a picture measured in part");
  if (full_ && change_.sum_sq != 0) {
    similarity();
    colour_difference();
  }
  return change_;
}

namespace {

template <class T>
void feed(Meter& meter, const Image& before, const Image& after) {
  for (int y = 0; y < before.height(); ++y) meter.row(before.row<T>(y), after.row<T>(y));
}

template <class T>
void feed(Meter& meter, const Image& original, const Image& released, const Image& decoded, ReadBack& sums) {
  const std::size_t n = original.row_samples();
  for (int y = 0; y < original.height(); ++y) {
    const T* x = original.row<T>(y);
    const T* a = released.row<T>(y);
    const T* z = decoded.row<T>(y);
    sums.kept += product_sum(x, a, z, n);
    sums.total += product_sum(x, a, a, n);
    meter.row(x, z);
  }
}

}  // namespace

Change measure(const Image& before, const Image& after) {
  if (!before.same_shape(after)) broken_promise("pictures of two shapes measured against each other");
  Meter meter(before, Measuring::full);
  if (before.bits() == 16) {
    feed<std::uint16_t>(meter, before, after);
  } else {
    feed<std::uint8_t>(meter, before, after);
  }
  return meter.finish();
}

ReadBack measure_read_back(const Image& original, const Image& released, const Image& decoded) {
  if (!original.same_shape(released) || !original.same_shape(decoded)) {
    broken_promise("pictures of two shapes measured against each other");
  }
  ReadBack out;
  Meter meter(original, Measuring::full);
  if (original.bits() == 16) {
    feed<std::uint16_t>(meter, original, released, decoded, out);
  } else {
    feed<std::uint8_t>(meter, original, released, decoded, out);
  }
  out.change = meter.finish();
  return out;
}

int ReadBack::share() const {
  if (total == 0) return 10000;
  __extension__ using Wide = __int128;
  const Wide scaled = Wide{kept} * 10000;
  const Wide quotient = scaled / total - (scaled % total < 0 ? 1 : 0);  // rounded down
  return static_cast<int>(std::clamp<Wide>(quotient, INT32_MIN, INT32_MAX));
}

}  // namespace wardmark
