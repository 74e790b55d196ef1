#include "perturb/enlargement.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "core/error.h"
#include "perturb/resample.h"
#include "perturb/simd.h"

namespace wardmark {
namespace {

constexpr int kReach = 2;          // interpolate-then-average reaches two samples to either side
constexpr std::size_t kSpare = 3;  // samples that four at a time reach beyond the last
constexpr double kDamping = 0.01;  // of the squared operator, whose largest eigenvalue is 1
constexpr double kSafeRatio = 1.5;

std::array<double, 4> catmull_rom(double t) {
  const double t2 = t * t;
  const double t3 = t2 * t;
  return {0.5 * (-t + 2 * t2 - t3), 0.5 * (2 - 5 * t2 + 3 * t3), 0.5 * (t + 4 * t2 - 3 * t3), 0.5 * (t3 - t2)};
}

// Where the centre of native sample i lies between training samples.
struct Place {
  int base;  ///< first of four training samples
  std::array<double, 4> weights;
};

Place place(int i, int native, int training) {
  const double position = (i + 0.5) * training / native - 0.5;
  const double whole = std::floor(position);
  return {static_cast<int>(whole) - 1, catmull_rom(position - whole)};
}

std::vector<Enlargement::Position> positions(int native, int training) {
  std::vector<Enlargement::Position> all(static_cast<std::size_t>(native));
  for (int i = 0; i < native; ++i) {
    const Place p = place(i, native, training);
    Enlargement::Position& out = all[static_cast<std::size_t>(i)];
    out.base = p.base;
    for (std::size_t k = 0; k < 4; ++k) out.weights[k] = static_cast<float>(p.weights[k]);
  }
  return all;
}

// Row r of "interpolate to native, average to training": coefficients of samples r - 2 .. r + 2.
using Band = std::array<double, 2 * kReach + 1>;

std::vector<Band> round_trip(int native, int training) {
  std::vector<Band> rows(static_cast<std::size_t>(training), Band{});
  for (int r = 0; r < training; ++r) {
    const std::int64_t begin = std::int64_t{r} * native;
    const std::int64_t end = begin + native;
    for (std::int64_t i = begin / training; i <= (end - 1) / training; ++i) {
      const std::int64_t overlap = std::min(end, (i + 1) * training) - std::max(begin, i * training);
      const Place p = place(static_cast<int>(i), native, training);
      for (int k = 0; k < 4; ++k) {
        const int column = std::clamp(p.base + k, 0, training - 1) - r + kReach;
        rows[static_cast<std::size_t>(r)][static_cast<std::size_t>(column)] +=
            static_cast<double>(overlap) / native * p.weights[static_cast<std::size_t>(k)];
      }
    }
  }
  return rows;
}

// Solves min |M u - d|^2 + damping |u|^2 for the band matrix M of one axis, by Cholesky factors of M'M + damping; the
// result times 1 + damping, so that a constant change comes back in full.
class AxisSolver {
 public:
  AxisSolver(int native, int training)
      : n_(training), damping_(native < kSafeRatio * training ? kDamping : 0.0), rows_(round_trip(native, training)) {
    factor_.resize(static_cast<std::size_t>(n_));
    for (int i = 0; i < n_; ++i) {
      std::array<double, kBand>& l = factor_[at(i)];
      for (int k = std::min(i, kBand - 1); k >= 0; --k) {  // k columns left of the diagonal
        const std::array<double, kBand>& other = factor_[at(i - k)];
        double s = normal(i, i - k) + (k == 0 ? damping_ : 0.0);
        for (int j = k + 1; j <= std::min(i, kBand - 1); ++j) s -= l[at(j)] * other[at(j - k)];
        l[at(k)] = k == 0 ? std::sqrt(s) : s / other[0];
      }
    }
  }

  // `v`: training rows of `width` samples each, in place.
  void solve(Raw<float>& v, std::size_t width) const;

 private:
  static constexpr int kBand = 2 * kReach + 1;
  static std::size_t at(int i) { return static_cast<std::size_t>(i); }
  const std::array<double, kBand>& factor(int i) const { return factor_[at(i)]; }
  double band(int r, int column) const {
    const int k = column - r + kReach;
    return k < 0 || k > 2 * kReach ? 0.0 : rows_[at(r)][at(k)];
  }
  double normal(int i, int j) const {
    double s = 0.0;
    for (int r = std::max(0, i - kReach); r <= std::min(n_ - 1, i + kReach); ++r) s += band(r, i) * band(r, j);
    return s;
  }

  int n_;
  double damping_;
  std::vector<Band> rows_;
  std::vector<std::array<double, kBand>> factor_;  ///< [i][k]: entry (i, i - k) of the lower factor
};

/// Up to `kTerms` rows with their factors.
struct Terms {
  static constexpr int kTerms = 2 * kReach + 1;
  std::array<const float*, kTerms> rows;
  std::array<float, kTerms> factors;
  int count = 0;
  void add(const float* row, double factor) {
    rows[static_cast<std::size_t>(count)] = row;
    factors[static_cast<std::size_t>(count++)] = static_cast<float>(factor);
  }
};

template <int kCount>
WARDMARK_INLINE void add_terms_body(float* __restrict to, const Terms& terms, std::size_t n, float factor) {
  const float* __restrict rows[kCount == 0 ? 1 : kCount];
  for (int k = 0; k < kCount; ++k) rows[k] = terms.rows[static_cast<std::size_t>(k)];
  for (std::size_t i = 0; i < n; ++i) {
    float sum = to[i];
    for (int k = 0; k < kCount; ++k) sum += terms.factors[static_cast<std::size_t>(k)] * rows[k][i];
    to[i] = sum * factor;
  }
}

/// to = (to + terms in order) x factor.
WARDMARK_CLONES void add_terms(float* to, const Terms& terms, std::size_t n, float factor) {
  switch (terms.count) {
    case 5:
      return add_terms_body<5>(to, terms, n, factor);
    case 4:
      return add_terms_body<4>(to, terms, n, factor);
    case 3:
      return add_terms_body<3>(to, terms, n, factor);
    case 2:
      return add_terms_body<2>(to, terms, n, factor);
    case 1:
      return add_terms_body<1>(to, terms, n, factor);
    default:
      return add_terms_body<0>(to, terms, n, factor);
  }
}

void AxisSolver::solve(Raw<float>& v, std::size_t width) const {
  Raw<float> w(v.size());
  const auto row = [width](Raw<float>& m, int i) { return m.data() + at(i) * width; };
  const auto pivot = [this](int i) { return static_cast<float>(1.0 / factor(i)[0]); };
  for (int i = 0; i < n_; ++i) {
    Terms terms;
    for (int r = std::max(0, i - kReach); r <= std::min(n_ - 1, i + kReach); ++r) {
      terms.add(row(v, r), (1.0 + damping_) * band(r, i));
    }
    std::fill_n(row(w, i), width, 0.0f);
    add_terms(row(w, i), terms, width, 1.0f);
    Terms earlier;
    for (int k = std::min(i, kBand - 1); k > 0; --k) earlier.add(row(w, i - k), -factor(i)[at(k)]);
    add_terms(row(w, i), earlier, width, pivot(i));
  }
  for (int i = n_ - 1; i >= 0; --i) {
    Terms later;
    for (int k = 1; k < kBand && i + k < n_; ++k) later.add(row(w, i + k), -factor(i + k)[at(k)]);
    add_terms(row(w, i), later, width, pivot(i));
  }
  v = std::move(w);
}

// rows x columns of pixels to columns x rows; a pixel's channels stay together.
Raw<float> transposed(const Raw<float>& v, int rows, int columns, int channels) {
  Raw<float> out(v.size());
  const std::size_t c = static_cast<std::size_t>(channels);
  for (std::size_t y = 0; y < static_cast<std::size_t>(rows); ++y) {
    const float* from = v.data() + y * static_cast<std::size_t>(columns) * c;
    for (std::size_t x = 0; x < static_cast<std::size_t>(columns); ++x, from += c) {
      std::copy_n(from, c, out.data() + (x * static_cast<std::size_t>(rows) + y) * c);
    }
  }
  return out;
}

// One training row to native width. `padded` holds two repeated pixels at either end and three samples that do not
// count; `out` has room for three samples behind its last. Four samples are worked on at a time, whatever they mean.
template <int kChannels, int kPadding>
void expand(const float* padded, const std::vector<Enlargement::Position>& columns, float* out) {
  using Four [[gnu::vector_size(16)]] = float;
  for (const Enlargement::Position& p : columns) {
    const float* const s = padded + (p.base + kReach) * kChannels;
    Four taps[4];
    for (int k = 0; k < 4; ++k) std::memcpy(&taps[k], s + k * kChannels, sizeof(Four));
    Four sum = (p.weights[0] * taps[0] + p.weights[1] * taps[1]) + (p.weights[2] * taps[2] + p.weights[3] * taps[3]);
    if constexpr (kPadding != 0) sum[kChannels] = 0.0f;
    std::memcpy(out, &sum, sizeof(Four));
    out += kChannels + kPadding;
  }
}

}  // namespace

Planes prefilter(const Planes& change, int width, int height) {
  Planes out = change;
  const std::size_t row = static_cast<std::size_t>(change.width) * static_cast<std::size_t>(change.channels);
  if (height != change.height) AxisSolver(height, change.height).solve(out.v, row);
  if (width != change.width) {
    Raw<float> turned = transposed(out.v, change.height, change.width, change.channels);
    const std::size_t column = static_cast<std::size_t>(change.height) * static_cast<std::size_t>(change.channels);
    AxisSolver(width, change.width).solve(turned, column);
    out.v = transposed(turned, change.width, change.height, change.channels);
  }
  return out;
}

Enlargement::Enlargement(Planes change, int width, int height, bool alpha) : padding_(alpha ? 1 : 0) {
  if (width < change.width || height < change.height) broken_promise("enlargement to a smaller size");
  change_ = prefilter(change, width, height);
  columns_ = positions(width, change.width);
  rows_ = positions(height, change.height);
  padded_.assign(
      static_cast<std::size_t>(change.width + 2 * kReach) * static_cast<std::size_t>(change.channels) + kSpare, 0.0f);
  const std::size_t samples = static_cast<std::size_t>(width) * static_cast<std::size_t>(change.channels + padding_);
  for (Raw<float>& held : ring_) held.resize(samples + kSpare);
}

const float* Enlargement::row(int y) {
  const int clamped = std::clamp(y, 0, change_.height - 1);
  const std::size_t slot = static_cast<std::size_t>(clamped) % ring_.size();
  if (held_[slot] == clamped) return ring_[slot].data();
  const std::size_t channels = static_cast<std::size_t>(change_.channels);
  const std::size_t samples = static_cast<std::size_t>(change_.width) * channels;
  const float* from = change_.v.data() + static_cast<std::size_t>(clamped) * samples;
  for (std::size_t i = 0; i < static_cast<std::size_t>(kReach); ++i) {
    std::copy_n(from, channels, padded_.data() + i * channels);
    std::copy_n(from + samples - channels, channels, padded_.data() + kReach * channels + samples + i * channels);
  }
  std::copy_n(from, samples, padded_.data() + kReach * channels);
  using Expand = void (*)(const float*, const std::vector<Position>&, float*);
  constexpr std::array<Expand, 4> kPlain = {expand<1, 0>, expand<2, 0>, expand<3, 0>, expand<4, 0>};
  constexpr std::array<Expand, 3> kWithAlpha = {expand<1, 1>, expand<2, 1>, expand<3, 1>};
  const Expand expand_row = padding_ == 0 ? kPlain[channels - 1] : kWithAlpha.at(channels - 1);
  expand_row(padded_.data(), columns_, ring_[slot].data());
  held_[slot] = clamped;
  return ring_[slot].data();
}

Enlargement::Taps Enlargement::taps(int y) {
  const Position& p = rows_[static_cast<std::size_t>(y)];
  Taps out;
  for (int k = 0; k < 4; ++k) out.rows[static_cast<std::size_t>(k)] = row(p.base + k);
  out.weights = p.weights;
  return out;
}

}  // namespace wardmark
