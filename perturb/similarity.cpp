#include "perturb/similarity.h"

#include <cmath>
#include <cstddef>
#include <vector>

#include "perturb/simd.h"

namespace wardmark {
namespace {

constexpr int kBlock = 4;

struct Sums {
  std::int64_t n = 0, x = 0, y = 0, xx = 0, yy = 0, xy = 0;
};

double window_similarity(const Sums& s) {
  constexpr double kC1 = 0.01 * kFineRange * 0.01 * kFineRange;
  constexpr double kC2 = 0.03 * kFineRange * 0.03 * kFineRange;
  const double n = static_cast<double>(s.n);
  const double mean_x = static_cast<double>(s.x) / n;
  const double mean_y = static_cast<double>(s.y) / n;
  // n sum(ab) - sum(a) sum(b) is exact in integers.
  const double variance_x = static_cast<double>(s.n * s.xx - s.x * s.x) / (n * n);
  const double variance_y = static_cast<double>(s.n * s.yy - s.y * s.y) / (n * n);
  const double covariance = static_cast<double>(s.n * s.xy - s.x * s.y) / (n * n);
  return (2 * mean_x * mean_y + kC1) * (2 * covariance + kC2) /
         ((mean_x * mean_x + mean_y * mean_y + kC1) * (variance_x + variance_y + kC2));
}

void add_samples(Sums& s, const std::uint16_t* x, const std::uint16_t* y, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) {
    const std::int64_t a = x[i];
    const std::int64_t b = y[i];
    s.x += a;
    s.y += b;
    s.xx += a * a;
    s.yy += b * b;
    s.xy += a * b;
  }
  s.n += static_cast<std::int64_t>(n);
}

// Sums over four rows, column by column: one row of blocks.
struct BlockRow {
  std::vector<std::uint32_t> x, y, xx, yy, xy;
  explicit BlockRow(std::size_t width) : x(width), y(width), xx(width), yy(width), xy(width) {}
};

WARDMARK_CLONES void column_sums(const std::uint16_t* __restrict x, const std::uint16_t* __restrict y,
                                 std::size_t stride, std::size_t n, std::uint32_t* __restrict sx,
                                 std::uint32_t* __restrict sy, std::uint32_t* __restrict sxx,
                                 std::uint32_t* __restrict syy, std::uint32_t* __restrict sxy) {
  for (std::size_t i = 0; i < n; ++i) {
    std::uint32_t ax = 0, ay = 0, axx = 0, ayy = 0, axy = 0;
    for (std::size_t r = 0; r < kBlock; ++r) {
      const std::uint32_t a = x[r * stride + i];
      const std::uint32_t b = y[r * stride + i];
      ax += a;
      ay += b;
      axx += a * a;
      ayy += b * b;
      axy += a * b;
    }
    sx[i] = ax;
    sy[i] = ay;
    sxx[i] = axx;
    syy[i] = ayy;
    sxy[i] = axy;
  }
}

void add_block(Sums& s, const BlockRow& row, std::size_t from) {
  for (std::size_t i = from; i < from + kBlock; ++i) {
    s.x += row.x[i];
    s.y += row.y[i];
    s.xx += row.xx[i];
    s.yy += row.yy[i];
    s.xy += row.xy[i];
  }
  s.n += kBlock * kBlock;
}

void join(Sums& s, const Sums& t) {
  s.n += t.n;
  s.x += t.x;
  s.y += t.y;
  s.xx += t.xx;
  s.yy += t.yy;
  s.xy += t.xy;
}

double mean_similarity(const std::uint16_t* x, const std::uint16_t* y, std::size_t width, std::size_t height) {
  const std::size_t across = width / kBlock;
  const std::size_t down = height / kBlock;
  BlockRow row(across * kBlock);
  std::vector<Sums> above(across);
  std::vector<Sums> here(across);
  double total = 0.0;
  for (std::size_t b = 0; b < down; ++b) {
    const std::size_t offset = b * kBlock * width;
    column_sums(x + offset, y + offset, width, across * kBlock, row.x.data(), row.y.data(), row.xx.data(),
                row.yy.data(), row.xy.data());
    for (std::size_t i = 0; i < across; ++i) {
      here[i] = {};
      add_block(here[i], row, i * kBlock);
    }
    for (std::size_t i = 0; b > 0 && i + 1 < across; ++i) {
      Sums window = above[i];
      join(window, above[i + 1]);
      join(window, here[i]);
      join(window, here[i + 1]);
      total += window_similarity(window);
    }
    above.swap(here);
  }
  return total / (static_cast<double>(across - 1) * static_cast<double>(down - 1));
}

}  // namespace

int structural_similarity(const std::uint16_t* x, const std::uint16_t* y, int width, int height) {
  double similarity = 0.0;
  if (width < 2 * kBlock || height < 2 * kBlock) {
    Sums all;
    add_samples(all, x, y, static_cast<std::size_t>(width) * static_cast<std::size_t>(height));
    similarity = window_similarity(all);
  } else {
    similarity = mean_similarity(x, y, static_cast<std::size_t>(width), static_cast<std::size_t>(height));
  }
  return static_cast<int>(std::floor(similarity * 10000.0 + 0.5));
}

}  // namespace wardmark
