#include "evaluate/class_mark.h"

#include <algorithm>
#include <cmath>

#include "evaluate/pair_regression.h"

namespace wardmark {
namespace {

namespace functional = torch::nn::functional;
using Kind = ClassMark::Kind;

constexpr std::int64_t kPadding = 16;
constexpr double kFilterLeaves = 0.25;              // of the change, at most: else it is no filter
constexpr double kRounding = 1.0 / 12 / 255 / 255;  // variance of a level's rounding

// Power of noise over power of pictures at every frequency, (height, width).
torch::Tensor noise_to_signal(std::int64_t height, std::int64_t width, double noise, double variance) {
  const torch::Tensor fy = torch::fft_fftfreq(height, 1.0, torch::kFloat64).view({-1, 1});
  const torch::Tensor fx = torch::fft_fftfreq(width, 1.0, torch::kFloat64).view({1, -1});
  const double slowest = 1.0 / static_cast<double>(std::max(height, width));
  const torch::Tensor shape = (fy.square() + fx.square() + slowest * slowest).reciprocal();
  return noise / (shape * (variance / shape.mean().item<double>()));
}

// The kernel's response: of a cross-correlation, so conjugate.
torch::Tensor response(const torch::Tensor& kernel, std::int64_t height, std::int64_t width) {
  const std::int64_t k = kernel.size(0);
  torch::Tensor spread = torch::zeros({height, width}, torch::kFloat64);
  spread.narrow(0, 0, k).narrow(1, 0, k).copy_(kernel);
  return torch::fft_fft2(spread.roll({-(k / 2), -(k / 2)}, {0, 1})).conj();
}

torch::Tensor repeated(const torch::Tensor& x, std::int64_t p) { return torch::replication_pad2d(x, {p, p, p, p}); }

torch::Tensor deconvolved(const torch::Tensor& y, const ClassMark& mark) {
  const torch::Tensor padded = repeated(y, kPadding);
  const std::int64_t height = padded.size(2);
  const std::int64_t width = padded.size(3);
  const torch::Tensor mean = padded.mean({2, 3}, true);
  const torch::Tensor h = response(mark.kernel, height, width);
  const torch::Tensor ratio =
      noise_to_signal(height, width, std::max(mark.noise, kRounding), std::max(mark.variance, kRounding));
  const torch::Tensor wiener = (h.conj() / (h.abs().square() + ratio)).to(torch::kComplexFloat);
  const torch::Tensor x = torch::real(torch::fft_ifft2(torch::fft_fft2(padded - mean) * wiener));
  const torch::Tensor whole = x + mean / mark.kernel.sum().item<double>();
  const std::int64_t p = (height - y.size(2)) / 2;
  return whole.narrow(2, p, y.size(2)).narrow(3, p, y.size(3));
}

struct Pairs {
  torch::Tensor clean, marked;
  Pairs only(const torch::Tensor& rows) const { return {clean.index_select(0, rows), marked.index_select(0, rows)}; }
};

// The mark of one kind from pairs and the sums of their regressions.
ClassMark fitted(Kind kind, std::int64_t side, const Pairs& pairs, const PairSums& sums) {
  ClassMark mark;
  mark.kind = kind;
  mark.gain = sums.gain();
  mark.variance = sums.variance();
  if (kind == Kind::none) return mark;
  if (kind == Kind::additive) {
    mark.offset = (pairs.marked - pairs.clean).mean(0);
    return mark;
  }
  const KernelFit fit = kind == Kind::inverse ? sums.inverse(side) : sums.forward(side);
  mark.kernel = fit.kernel;
  mark.noise = fit.residual;
  if (kind == Kind::filter_and_offset)
    mark.offset = (pairs.marked - correlated(pairs.clean, mark.kernel) * mark.gain).mean(0);
  return mark;
}

// Sum of squared errors and number of samples after undoing, in these lines of the pictures, a margin left out.
std::pair<double, double> remaining(const Pairs& pairs, const ClassMark& mark, std::int64_t first, std::int64_t lines) {
  const std::int64_t margin = largest_reach(pairs.clean);
  const torch::Tensor off = (without_mark(pairs.marked, mark) - pairs.clean)
                                .narrow(2, first, lines)
                                .narrow(3, margin, pairs.clean.size(3) - 2 * margin);
  return {off.square().sum().item<double>(), static_cast<double>(off.numel())};
}

struct Candidate {
  Kind kind;
  std::int64_t side;
};

std::vector<Candidate> candidates(const torch::Tensor& clean, bool several) {
  std::vector<Candidate> all = {{Kind::none, 0}};
  if (several) all.push_back({Kind::additive, 0});
  const std::int64_t most = 2 * largest_reach(clean) + 1;
  for (std::int64_t side = 3; side <= most; side += 2) {
    all.push_back({Kind::filter, side});
    if (several) all.push_back({Kind::filter_and_offset, side});
  }
  all.push_back({Kind::inverse, most});
  return all;
}

// Units that are held out in turn: some of the pairs, or half of the only one.
struct Fold {
  torch::Tensor in, out;      // pairs
  PairSums sums;              // of the part that is fitted on
  std::int64_t first, lines;  // where the others are judged
};

std::vector<Fold> folds_of(const Pairs& pairs) {
  const std::int64_t n = pairs.clean.size(0);
  const std::int64_t margin = largest_reach(pairs.clean);
  const std::int64_t lines = pairs.clean.size(2) - 2 * margin;
  std::vector<Fold> folds;
  if (n == 1) {
    const torch::Tensor only = torch::zeros({1}, torch::kInt64);
    const std::int64_t half = lines / 2;
    folds.push_back({only, only, PairSums(pairs.clean, pairs.marked, margin + half, lines - half), margin, half});
    folds.push_back({only, only, PairSums(pairs.clean, pairs.marked, margin, half), margin + half, lines - half});
    return folds;
  }
  const std::int64_t parts = std::min<std::int64_t>(n, n > 5 ? 5 : n);
  const torch::Tensor all = torch::arange(n, torch::kInt64);
  for (std::int64_t part = 0; part < parts; ++part) {
    const torch::Tensor in = all.masked_select(all.remainder(parts).ne(part));
    const Pairs kept = pairs.only(in);
    folds.push_back({in, all.masked_select(all.remainder(parts).eq(part)),
                     PairSums(kept.clean, kept.marked, margin, lines), margin, lines});
  }
  return folds;
}

}  // namespace

torch::Tensor correlated(const torch::Tensor& x, const torch::Tensor& kernel) {
  const std::int64_t k = kernel.size(0);
  const torch::Tensor weights = kernel.to(torch::kFloat32).view({1, 1, k, k}).expand({x.size(1), 1, k, k});
  return functional::conv2d(repeated(x, k / 2), weights, functional::Conv2dFuncOptions().groups(x.size(1)));
}

torch::Tensor without_mark(const torch::Tensor& marked, const ClassMark& mark) {
  torch::Tensor x;
  switch (mark.kind) {
    case Kind::none:
      return marked;
    case Kind::additive:
      x = marked - mark.offset;
      break;
    case Kind::filter:
      x = deconvolved(marked / mark.gain, mark);
      break;
    case Kind::filter_and_offset:
      x = deconvolved((marked - mark.offset) / mark.gain, mark);
      break;
    case Kind::inverse:
      x = correlated(marked, mark.kernel);
      break;
  }
  return x.clamp(0, 1);
}

ClassMark estimate_mark(const torch::Tensor& clean, const torch::Tensor& marked) {
  const torch::NoGradGuard no_gradients;
  const Pairs pairs{clean, marked};
  const bool several = clean.size(0) > 1;
  const std::vector<Fold> folds = folds_of(pairs);
  Candidate best{Kind::none, 0};
  double least = 0;
  for (const Candidate& candidate : candidates(clean, several)) {
    double sum = 0;
    double count = 0;
    for (const Fold& fold : folds) {
      const ClassMark mark = fitted(candidate.kind, candidate.side, pairs.only(fold.in), fold.sums);
      const auto [squares, samples] = remaining(pairs.only(fold.out), mark, fold.first, fold.lines);
      sum += squares;
      count += samples;
    }
    const double error = sum / count;
    if (candidate.kind == Kind::none || error < least) {
      best = candidate;
      least = error;
    }
  }
  const std::int64_t margin = largest_reach(clean);
  const PairSums sums(clean, marked, margin, clean.size(2) - 2 * margin);
  if (!several && sums.unexplained() > kFilterLeaves) best = {Kind::additive, 0};
  ClassMark mark = fitted(best.kind, best.side, pairs, sums);
  mark.error = least;
  return mark;
}

}  // namespace wardmark
