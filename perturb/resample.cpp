#include "perturb/resample.h"

#include <algorithm>
#include <type_traits>

#include "core/error.h"
#include "perturb/simd.h"

namespace wardmark {
namespace {

template <class T>
WARDMARK_INLINE void set_body(float* __restrict sum, const T* __restrict row, std::size_t n, float weight) {
  for (std::size_t i = 0; i < n; ++i) sum[i] = weight * static_cast<float>(row[i]);
}

template <class T>
WARDMARK_INLINE void add_body(float* __restrict sum, const T* __restrict row, std::size_t n, float weight) {
  for (std::size_t i = 0; i < n; ++i) sum[i] += weight * static_cast<float>(row[i]);
}

// Four whole rows at once: integers first, one conversion.
template <class T>
WARDMARK_INLINE void add_four_body(float* __restrict sum, const T* __restrict row, std::size_t stride, std::size_t n) {
  const T* __restrict b = row + stride;
  const T* __restrict c = b + stride;
  const T* __restrict d = c + stride;
  for (std::size_t i = 0; i < n; ++i) sum[i] += static_cast<float>(row[i] + b[i] + c[i] + d[i]);
}

WARDMARK_CLONES void set(float* sum, const std::uint8_t* row, std::size_t n, float w) { set_body(sum, row, n, w); }
WARDMARK_CLONES void set(float* sum, const std::uint16_t* row, std::size_t n, float w) { set_body(sum, row, n, w); }
WARDMARK_CLONES void set(float* sum, const float* row, std::size_t n, float w) { set_body(sum, row, n, w); }
WARDMARK_CLONES void add(float* sum, const std::uint8_t* row, std::size_t n, float w) { add_body(sum, row, n, w); }
WARDMARK_CLONES void add(float* sum, const std::uint16_t* row, std::size_t n, float w) { add_body(sum, row, n, w); }
WARDMARK_CLONES void add(float* sum, const float* row, std::size_t n, float w) { add_body(sum, row, n, w); }
WARDMARK_CLONES void add_four(float* sum, const std::uint8_t* row, std::size_t stride, std::size_t n) {
  add_four_body(sum, row, stride, n);
}
WARDMARK_CLONES void add_four(float* sum, const std::uint16_t* row, std::size_t stride, std::size_t n) {
  add_four_body(sum, row, stride, n);
}
WARDMARK_CLONES void add_four(float* sum, const float* row, std::size_t stride, std::size_t n) {
  add_four_body(sum, row, stride, n);
}

// Columns of one row of vertical sums; kColour of kChannels channels are kept.
template <int kChannels, int kColour>
void reduce_columns(const float* sums, const std::vector<AreaSpan>& spans, float scale, float* out) {
  for (const AreaSpan& span : spans) {
    const float* p = sums + static_cast<std::size_t>(span.first) * kChannels;
    const float* const last = sums + static_cast<std::size_t>(span.last) * kChannels;
    float total[kColour];
    for (int c = 0; c < kColour; ++c) total[c] = span.head * p[c];
    if (p != last) {
      for (p += kChannels; p != last; p += kChannels) {
        for (int c = 0; c < kColour; ++c) total[c] += p[c];
      }
      for (int c = 0; c < kColour; ++c) total[c] += span.tail * p[c];
    }
    for (int c = 0; c < kColour; ++c) *out++ = total[c] * scale;
  }
}

using ReduceColumns = void (*)(const float*, const std::vector<AreaSpan>&, float, float*);

ReduceColumns column_reducer(int channels, int colour) {
  if (channels == 1) return reduce_columns<1, 1>;
  if (channels == 2) return colour == 1 ? reduce_columns<2, 1> : reduce_columns<2, 2>;
  if (channels == 3) return reduce_columns<3, 3>;
  return colour == 3 ? reduce_columns<4, 3> : reduce_columns<4, 4>;
}

// Source of rows: first sample of the picture, its size and layout.
template <class T>
struct Source {
  const T* samples;
  int width;
  int height;
  int channels;
  std::size_t row_samples() const { return static_cast<std::size_t>(width) * static_cast<std::size_t>(channels); }
};

template <class T>
void shrink_into(const Source<T>& source, Planes& out) {
  if (out.width < 1 || out.height < 1 || out.width > source.width || out.height > source.height) {
    broken_promise("area averaging to a larger size");
  }
  const std::vector<AreaSpan> rows = area_spans(source.height, out.height);
  const std::vector<AreaSpan> columns = area_spans(source.width, out.width);
  const double share =
      static_cast<double>(out.height) / source.height * (static_cast<double>(out.width) / source.width);
  const ReduceColumns reduce = column_reducer(source.channels, out.channels);
  const std::size_t n = source.row_samples();
  Raw<float> sums(n);
  float* target = out.v.data();
  for (const AreaSpan& span : rows) {
    const auto row = [&](int y) { return source.samples + static_cast<std::size_t>(y) * n; };
    set(sums.data(), row(span.first), n, span.head);
    int y = span.first + 1;
    for (; y + 4 <= span.last; y += 4) add_four(sums.data(), row(y), n, n);
    for (; y < span.last; ++y) add(sums.data(), row(y), n, 1.0f);
    if (span.last > span.first) add(sums.data(), row(span.last), n, span.tail);
    reduce(sums.data(), columns, static_cast<float>(share), target);
    target += static_cast<std::size_t>(out.width) * static_cast<std::size_t>(out.channels);
  }
}

template <class T>
void copy_colour(const Image& image, Planes& out) {
  const int channels = image.channels();
  const int colour = image.colour_channels();
  float* target = out.v.data();
  for (int y = 0; y < image.height(); ++y) {
    const T* row = image.row<T>(y);
    if (colour == channels) {
      set(target, row, image.row_samples(), 1.0f);
      target += image.row_samples();
      continue;
    }
    for (int x = 0; x < image.width(); ++x, row += channels) {
      for (int c = 0; c < colour; ++c) *target++ = static_cast<float>(row[c]);
    }
  }
}

Planes empty_planes(int width, int height, int channels, float full_range) {
  Planes out{width, height, channels, full_range, {}};
  out.v.resize(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * static_cast<std::size_t>(channels));
  return out;
}

}  // namespace

Size training_size(int width, int height, int side) {
  const int shorter = std::min(width, height);
  if (side <= 0 || shorter <= side) return {width, height};
  const auto scaled = [&](int length) {
    const std::int64_t doubled = 2 * std::int64_t{length} * side + shorter;
    return static_cast<int>(doubled / (2 * std::int64_t{shorter}));
  };
  return {scaled(width), scaled(height)};
}

std::vector<AreaSpan> area_spans(int from, int to) {
  std::vector<AreaSpan> spans(static_cast<std::size_t>(to));
  // In units of 1/to source samples: a source sample is `to` long, a target sample `from` long.
  for (int i = 0; i < to; ++i) {
    const std::int64_t begin = std::int64_t{i} * from;
    const std::int64_t end = begin + from;
    AreaSpan& span = spans[static_cast<std::size_t>(i)];
    span.first = static_cast<int>(begin / to);
    span.last = static_cast<int>((end - 1) / to);
    const std::int64_t head = std::min(end, (std::int64_t{span.first} + 1) * to) - begin;
    span.head = static_cast<float>(static_cast<double>(head) / to);
    const std::int64_t tail = end - std::int64_t{span.last} * to;
    span.tail = span.last > span.first ? static_cast<float>(static_cast<double>(tail) / to) : 0.0f;
  }
  return spans;
}

Planes to_planes(const Image& image) {
  Planes out =
      empty_planes(image.width(), image.height(), image.colour_channels(), static_cast<float>(image.full_range()));
  if (image.bits() == 16) {
    copy_colour<std::uint16_t>(image, out);
  } else {
    copy_colour<std::uint8_t>(image, out);
  }
  return out;
}

Planes shrink(const Image& image, int width, int height) {
  Planes out = empty_planes(width, height, image.colour_channels(), static_cast<float>(image.full_range()));
  if (image.bits() == 16) {
    shrink_into(Source<std::uint16_t>{image.row<std::uint16_t>(0), image.width(), image.height(), image.channels()},
                out);
  } else {
    shrink_into(Source<std::uint8_t>{image.row<std::uint8_t>(0), image.width(), image.height(), image.channels()}, out);
  }
  return out;
}

Planes shrink(const Planes& planes, int width, int height) {
  Planes out = empty_planes(width, height, planes.channels, planes.full_range);
  shrink_into(Source<float>{planes.v.data(), planes.width, planes.height, planes.channels}, out);
  return out;
}

}  // namespace wardmark
