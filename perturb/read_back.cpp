#include "perturb/read_back.h"

#include <algorithm>
#include <cstring>

#include "core/error.h"
#include "core/manifest.h"
#include "perturb/simd.h"

namespace wardmark {
namespace {

// Chunks keep 32-bit sums of products of 8-bit differences from running over.
constexpr std::size_t kChunk = 8192;

/// Of one row: a = meant - original, b = decoded - original.
struct Products {
  std::int64_t ab = 0, aa = 0, bb = 0;
};

WARDMARK_CLONES void add_chunk(const std::uint8_t* __restrict x, const std::uint8_t* __restrict meant,
                               const std::uint8_t* __restrict decoded, std::size_t n, Products& sums) {
  std::int32_t ab = 0;
  std::int32_t aa = 0;
  std::int32_t bb = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const std::int16_t a = static_cast<std::int16_t>(meant[i] - x[i]);
    const std::int16_t b = static_cast<std::int16_t>(decoded[i] - x[i]);
    ab += a * b;
    aa += a * a;
    bb += b * b;
  }
  sums.ab += ab;
  sums.aa += aa;
  sums.bb += bb;
}

Products products(const std::uint8_t* x, const std::uint8_t* meant, const std::uint8_t* decoded, std::size_t n) {
  Products sums;
  for (std::size_t i = 0; i < n; i += kChunk) {
    add_chunk(x + i, meant + i, decoded + i, std::min(kChunk, n - i), sums);
  }
  return sums;
}

WARDMARK_CLONES Products products(const std::uint16_t* x, const std::uint16_t* meant, const std::uint16_t* decoded,
                                  std::size_t n) {
  Products sums;
  for (std::size_t i = 0; i < n; ++i) {
    const std::int64_t a = static_cast<std::int32_t>(meant[i]) - static_cast<std::int32_t>(x[i]);
    const std::int64_t b = static_cast<std::int32_t>(decoded[i]) - static_cast<std::int32_t>(x[i]);
    sums.ab += a * b;
    sums.aa += a * a;
    sums.bb += b * b;
  }
  return sums;
}

}  // namespace

int ReadBack::share() const {
  if (total == 0) return 10000;
  __extension__ using Wide = __int128;
  const Wide scaled = Wide{kept} * 10000;
  const Wide quotient = scaled / total - (scaled % total < 0 ? 1 : 0);  // rounded down
  return static_cast<int>(std::clamp<Wide>(quotient, INT32_MIN, INT32_MAX));
}

ReadBackMeter::ReadBackMeter(const Image& original, const Image& meant, Mode mode)
    : original_(original),
      meant_(meant),
      mode_(mode),
      meter_(original, mode == Mode::measure ? Measuring::full : Measuring::nothing) {
  if (!original.same_shape(meant)) broken_promise("pictures of two shapes measured against each other");
}

void ReadBackMeter::begin(const ImageShape& shape) { same_shape_ = shape == original_.shape(); }

template <class T>
void ReadBackMeter::measure_row(const T* decoded) {
  const T* const x = original_.row<T>(y_);
  const Products sums = products(x, meant_.row<T>(y_), decoded, original_.row_samples());
  sums_.kept += sums.ab;
  sums_.total += sums.aa;
  meter_.row(x, decoded, static_cast<std::uint64_t>(sums.bb));
}

void ReadBackMeter::rows(const std::uint8_t* samples, int count) {
  if (!same_shape_) return;
  if (count > original_.height() - y_) broken_promise("more rows read back than a picture has");
  const std::size_t stride = original_.shape().row_bytes();
  hash_.add({samples, stride * static_cast<std::size_t>(count)});
  for (int i = 0; i < count; ++i, ++y_, samples += stride) {
    if (mode_ == Mode::compare) {
      equal_ = equal_ &&
               std::memcmp(meant_.row<std::uint8_t>(0) + static_cast<std::size_t>(y_) * stride, samples, stride) == 0;
    } else if (original_.bits() == 16) {
      measure_row(reinterpret_cast<const std::uint16_t*>(samples));
    } else {
      measure_row(samples);
    }
  }
}

ReadBack ReadBackMeter::read_back() {
  sums_.change = meter_.finish();
  return sums_;
}

Digest ReadBackMeter::content() { return content_digest(original_.shape(), hash_); }

ReadBack measure_read_back(const Image& original, const Image& released, const Image& decoded) {
  ReadBackMeter meter(original, released, ReadBackMeter::Mode::measure);
  feed_rows(decoded, meter);
  if (!meter.same_shape()) broken_promise("pictures of two shapes measured against each other");
  return meter.read_back();
}

}  // namespace wardmark
