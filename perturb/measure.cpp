#include "perturb/measure.h"

#include <algorithm>
#include <array>
#include <cstring>

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

constexpr std::size_t kSpare = 3;  // column sums that four at a time reach beyond the last

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

// Sum of (a - x)^2.
WARDMARK_CLONES std::int32_t square_chunk(const std::uint8_t* x, const std::uint8_t* a, std::size_t n) {
  std::int32_t sum = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const std::int16_t d = static_cast<std::int16_t>(a[i] - x[i]);
    sum += d * d;
  }
  return sum;
}

std::uint64_t square_sum(const std::uint8_t* x, const std::uint8_t* a, std::size_t n) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < n; i += kChunk) {
    sum += static_cast<std::uint64_t>(square_chunk(x + i, a + i, std::min(kChunk, n - i)));
  }
  return sum;
}

WARDMARK_CLONES std::uint64_t square_sum(const std::uint16_t* x, const std::uint16_t* a, std::size_t n) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const std::int64_t d = static_cast<std::int32_t>(a[i]) - static_cast<std::int32_t>(x[i]);
    sum += static_cast<std::uint64_t>(d * d);
  }
  return sum;
}

WARDMARK_CLONES void add_row(std::uint16_t* __restrict sums, const std::uint8_t* __restrict row, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) sums[i] = static_cast<std::uint16_t>(sums[i] + row[i]);
}

WARDMARK_CLONES void add_row(std::uint32_t* __restrict sums, const std::uint16_t* __restrict row, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) sums[i] += row[i];
}

// Means of boxes from column sums: `box` pixels each, the last one of what is left. Four sums are taken at a time,
// whatever they mean: `sums` has kSpare more behind its last.
template <int kChannels, int kColour, class Sum>
WARDMARK_INLINE std::uint16_t* box_mean(const Sum* sums, int pixels, float scale, std::uint16_t* out) {
  using Four [[gnu::vector_size(16)]] = std::uint32_t;
  using FourSums [[gnu::vector_size(4 * sizeof(Sum))]] = Sum;
  Four total = {};
  for (int i = 0; i < pixels; ++i, sums += kChannels) {
    FourSums four;
    std::memcpy(&four, sums, sizeof(four));
    total += __builtin_convertvector(four, Four);
  }
  for (int c = 0; c < kColour; ++c) {
    *out++ = static_cast<std::uint16_t>(static_cast<float>(total[c]) * scale + 0.5f);
  }
  return out;
}

template <int kChannels, int kColour, class Sum>
WARDMARK_INLINE void box_means(const Sum* sums, int width, int box, int rows, float unit, std::uint16_t* out) {
  const float scale = unit / static_cast<float>(box * rows);
  const int whole = width / box * box;
  // The sizes photographs have, as constants: their loops unroll.
  const auto each = [&](const int pixels) __attribute__((always_inline)) {
    for (int x = 0; x < whole; x += pixels, sums += kChannels * pixels) {
      out = box_mean<kChannels, kColour>(sums, pixels, scale, out);
    }
  };
  switch (box) {
    case 4:
      each(4);
      break;
    case 5:
      each(5);
      break;
    case 6:
      each(6);
      break;
    default:
      each(box);
  }
  if (whole < width) {
    box_mean<kChannels, kColour>(sums, width - whole, unit / static_cast<float>((width - whole) * rows), out);
  }
}

template <class Sum>
WARDMARK_INLINE void box_means(const Sum* sums, int channels, int colour, int width, int box, int rows, float unit,
                               std::uint16_t* out) {
  if (channels == 1) return box_means<1, 1>(sums, width, box, rows, unit, out);
  if (channels == 2 && colour == 1) return box_means<2, 1>(sums, width, box, rows, unit, out);
  if (channels == 2) return box_means<2, 2>(sums, width, box, rows, unit, out);
  if (channels == 3) return box_means<3, 3>(sums, width, box, rows, unit, out);
  if (colour == 3) return box_means<4, 3>(sums, width, box, rows, unit, out);
  return box_means<4, 4>(sums, width, box, rows, unit, out);
}

WARDMARK_CLONES void means_of(const std::uint16_t* sums, int channels, int colour, int width, int box, int rows,
                              float unit, std::uint16_t* out) {
  box_means(sums, channels, colour, width, box, rows, unit, out);
}
WARDMARK_CLONES void means_of(const std::uint32_t* sums, int channels, int colour, int width, int box, int rows,
                              float unit, std::uint16_t* out) {
  box_means(sums, channels, colour, width, box, rows, unit, out);
}

// BT.601 luma of interleaved samples, or the first channel where there are fewer than three.
Raw<std::uint16_t> luma_of(const Raw<std::uint16_t>& fine, int colour) {
  if (colour == 1) return fine;
  const std::size_t step = static_cast<std::size_t>(colour);
  Raw<std::uint16_t> luma(fine.size() / step);
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
    : measuring_(measuring),
      width_(shape.width()),
      height_(shape.height()),
      channels_(shape.channels()),
      colour_(shape.colour_channels()),
      row_samples_(shape.row_samples()) {
  change_.full_range = shape.full_range();
  change_.samples = std::uint64_t{static_cast<std::uint64_t>(width_)} * static_cast<std::uint64_t>(height_) *
                    static_cast<std::uint64_t>(colour_);
  if (measuring_ == Measuring::nothing) return;
  box_ = std::min((std::min(width_, height_) + kSimilaritySide - 1) / kSimilaritySide, kLargestBox);
  small_width_ = (width_ + box_ - 1) / box_;
  small_height_ = (height_ + box_ - 1) / box_;
  for (Reduced* reduced : {&before_, &after_}) {
    if (shape.bits() == 16) {
      reduced->sums16.assign(shape.row_samples() + kSpare, 0);
    } else {
      reduced->sums8.assign(shape.row_samples() + kSpare, 0);
    }
    reduced->fine.resize(static_cast<std::size_t>(small_width_) * static_cast<std::size_t>(small_height_) *
                         static_cast<std::size_t>(colour_));
  }
}

template <class T>
void Meter::take_row(const T* before, const T* after, std::uint64_t sum_sq) {
  const std::size_t n = row_samples_;
  change_.max_abs = std::max(change_.max_abs, largest_difference(before, after, n));
  change_.sum_sq += sum_sq;
  ++y_;
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
    means_of(reduced.sums8.data(), channels_, colour_, width_, box_, rows_in_box_, unit, out);
    std::ranges::fill(reduced.sums8, std::uint16_t{0});
  } else {
    means_of(reduced.sums16.data(), channels_, colour_, width_, box_, rows_in_box_, unit, out);
    std::ranges::fill(reduced.sums16, 0u);
  }
}

void Meter::row(const std::uint8_t* before, const std::uint8_t* after) {
  if (measuring_ != Measuring::nothing) take_row(before, after, square_sum(before, after, row_samples_));
}
void Meter::row(const std::uint16_t* before, const std::uint16_t* after) {
  if (measuring_ != Measuring::nothing) take_row(before, after, square_sum(before, after, row_samples_));
}
void Meter::row(const std::uint8_t* before, const std::uint8_t* after, std::uint64_t sum_sq) {
  take_row(before, after, sum_sq);
}
void Meter::row(const std::uint16_t* before, const std::uint16_t* after, std::uint64_t sum_sq) {
  take_row(before, after, sum_sq);
}

void Meter::similarity() {
  const Raw<std::uint16_t> x = luma_of(before_.fine, colour_);
  const Raw<std::uint16_t> y = luma_of(after_.fine, colour_);
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
  if (measuring_ == Measuring::nothing) return change_;
  if (y_ != height_) broken_promise("a picture measured in part");
  if (change_.sum_sq != 0) {
    similarity();
    if (measuring_ == Measuring::full) colour_difference();
  }
  return change_;
}

namespace {

template <class T>
void feed(Meter& meter, const Image& before, const Image& after) {
  for (int y = 0; y < before.height(); ++y) meter.row(before.row<T>(y), after.row<T>(y));
}

}  // namespace

Change measure(const Image& before, const Image& after, Measuring measuring) {
  if (!before.same_shape(after)) broken_promise("pictures of two shapes measured against each other");
  Meter meter(before, measuring);
  if (before.bits() == 16) {
    feed<std::uint16_t>(meter, before, after);
  } else {
    feed<std::uint8_t>(meter, before, after);
  }
  return meter.finish();
}

}  // namespace wardmark
