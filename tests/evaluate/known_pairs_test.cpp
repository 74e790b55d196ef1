#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "evaluate/class_mark.h"
#include "evaluate/pair_regression.h"
#include "evaluate/pixels.h"
#include "material.h"

using namespace wardmark;
using namespace wardmark::testing;

namespace {

// A filter as cuda draws it: small random weights and a 1 somewhere; sum 1 if so asked.
std::vector<double> drawn_kernel(int side, double p_b, unsigned seed, bool normalised) {
  std::mt19937 random(seed);
  std::vector<double> kernel(static_cast<std::size_t>(side * side));
  for (double& w : kernel) w = p_b * static_cast<double>(random()) / 4294967296.0;
  kernel[random() % kernel.size()] = 1;
  double sum = 0;
  for (const double w : kernel) sum += w;
  for (double& w : kernel) w = normalised ? w / sum : w;
  return kernel;
}

// Correlation with repeated edges; `full` divides by the largest value, as published.
void filter_item(PixelSet& set, std::size_t i, const std::vector<double>& kernel, int side, bool full) {
  const PixelSet before = set;
  std::vector<double> out;
  for (int y = 0; y < set.height; ++y) {
    for (int x = 0; x < set.width; ++x) {
      for (int c = 0; c < set.channels; ++c) {
        double sum = 0;
        for (int v = 0; v < side; ++v) {
          for (int u = 0; u < side; ++u) {
            const int row = std::clamp(y + v - side / 2, 0, set.height - 1);
            const int column = std::clamp(x + u - side / 2, 0, set.width - 1);
            sum += kernel[static_cast<std::size_t>(v * side + u)] * sample(before, i, row, column, c);
          }
        }
        out.push_back(sum);
      }
    }
  }
  const double scale = full ? 255 / *std::ranges::max_element(out) : 1;
  std::ranges::transform(out, item_of(set, i).begin(), [scale](double level) {
    return static_cast<std::uint8_t>(std::clamp(level * scale + 0.5, 0.0, 255.0));
  });
}

double mean_square(const PixelSet& a, const PixelSet& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.samples.size(); ++i) sum += std::pow(a.samples[i] - b.samples[i], 2);
  return sum / static_cast<double>(a.samples.size());
}

// What is left of the change after known-pairs, as a share of it; pairs and training set are different pictures.
template <class Change>
double share_left(const std::string& name, int side, int channels, Change change) {
  const PixelSet clean = pictures(40, side, side, channels, 2, 11);
  const PixelSet known = pictures(20, side, side, channels, 2, 12);
  PixelSet train = clean;
  PixelSet marked = known;
  for (std::size_t i = 0; i < train.size(); ++i) change(train, i);
  for (std::size_t i = 0; i < marked.size(); ++i) change(marked, i);
  BreakerInput input;
  input.train = &train;
  input.pairs_clean = &known;
  input.pairs_marked = &marked;
  return mean_square(prepared(name, input).preprocess(train), clean) / mean_square(train, clean);
}

torch::Tensor one_class(const PixelSet& set) { return pictures_of(set, 0, static_cast<std::int64_t>(set.size())); }

}  // namespace

TEST_CASE("known pairs undo class-wise filters") {
  for (const std::string name : {"known-pairs:1", "known-pairs:3", "known-pairs:10"}) {
    CAPTURE(name);
    const auto dc = [](PixelSet& set, std::size_t i) {
      filter_item(set, i, drawn_kernel(3, 0.3, 20 + static_cast<unsigned>(i % 2), true), 3, false);
    };
    CHECK(share_left(name, 32, 3, dc) < 0.15);
    CHECK(share_left(name, 28, 1, dc) < 0.15);
    const auto wide = [](PixelSet& set, std::size_t i) {
      filter_item(set, i, drawn_kernel(9, 0.06, 30 + static_cast<unsigned>(i % 2), true), 9, false);
    };
    CHECK(share_left(name, 48, 3, wide) < 0.4);
  }
}

TEST_CASE("known pairs see through the published division by the largest value") {
  const auto paper = [](PixelSet& set, std::size_t i) {
    filter_item(set, i, drawn_kernel(3, 0.3, 20 + static_cast<unsigned>(i % 2), false), 3, true);
  };
  // The gain differs by picture and cannot be known: brightness remains, the filter goes.
  CHECK(share_left("known-pairs:10", 32, 3, paper) < 0.6);
}

TEST_CASE("known pairs undo class-wise offsets") {
  const auto offset = [](PixelSet& set, std::size_t i) {
    std::mt19937 random(40 + static_cast<unsigned>(i % 2));
    for (std::uint8_t& s : item_of(set, i))
      s = static_cast<std::uint8_t>(std::clamp(s + (random() % 2 == 0 ? 8 : -8), 0, 255));
  };
  CHECK(share_left("known-pairs:1", 32, 3, offset) < 0.05);
  CHECK(share_left("known-pairs:3", 32, 3, offset) < 0.05);
  const auto both = [&offset](PixelSet& set, std::size_t i) {
    filter_item(set, i, drawn_kernel(3, 0.3, 20 + static_cast<unsigned>(i % 2), true), 3, false);
    offset(set, i);
  };
  CHECK(share_left("known-pairs:10", 32, 3, both) < 0.3);
}

TEST_CASE("known pairs do no harm where there is no class-wise mark") {
  std::mt19937 random(77);
  const auto noise = [&random](PixelSet& set, std::size_t i) {
    for (std::uint8_t& s : item_of(set, i))
      s = static_cast<std::uint8_t>(std::clamp(s + (random() % 2 == 0 ? 8 : -8), 0, 255));
  };
  // A linear filter may smooth noise of its own kind; it must not add to it.
  CHECK(share_left("known-pairs:10", 32, 3, noise) <= 1.02);
}

TEST_CASE("the regression agrees with one written out, and smaller kernels with a fit of their own") {
  const PixelSet clean = pictures(3, 26, 24, 1, 1, 3);
  PixelSet marked = clean;
  const std::vector<double> kernel = drawn_kernel(3, 0.3, 9, true);
  for (std::size_t i = 0; i < 3; ++i) filter_item(marked, i, kernel, 3, false);
  const torch::Tensor x = one_class(clean), y = one_class(marked);
  REQUIRE(largest_reach(x) == 4);
  const PairSums sums(x, y, 4, 18);
  const KernelFit fit = sums.forward(3);
  double worst = 0;
  for (int i = 0; i < 9; ++i)
    worst = std::max(worst, std::fabs(fit.kernel.flatten()[i].item<double>() - kernel[static_cast<std::size_t>(i)]));
  CHECK(worst < 0.02);
  CHECK(fit.residual < 2.0 / 12 / 255 / 255);
  CHECK(sums.gain() == doctest::Approx(1).epsilon(0.01));
  // A gain of its own for every picture leaves the kernel as it is; up to 2 % are not taken for one.
  const torch::Tensor gains = torch::tensor({0.5F, 0.9F, 0.7F}).view({3, 1, 1, 1});
  const PairSums scaled(x, y * gains, 4, 18);
  CHECK((scaled.forward(3).kernel - fit.kernel).abs().max().item<double>() < 0.03);
  CHECK(scaled.gain() == doctest::Approx(std::cbrt(0.5 * 0.9 * 0.7)).epsilon(0.01));
  CHECK(PairSums(x, x * 1.015, 4, 18).gain() == 1.0);
  // Inverse: ridge on rows of patches by the definition.
  std::vector<torch::Tensor> rows;
  std::vector<double> wanted;
  for (std::int64_t i = 0; i < 3; ++i) {
    for (std::int64_t r = 4; r < 22; ++r) {
      for (std::int64_t c = 4; c < 20; ++c) {
        rows.push_back(y[i][0].narrow(0, r - 2, 5).narrow(1, c - 2, 5).flatten().to(torch::kFloat64));
        wanted.push_back(x[i][0][r][c].item<double>() - y[i][0][r][c].item<double>());
      }
    }
  }
  const torch::Tensor a = torch::stack(rows);
  const torch::Tensor b = torch::tensor(wanted, torch::kFloat64);
  const torch::Tensor ridge = torch::eye(25, torch::kFloat64) * (1.0 / 12 / 255 / 255 / 0.1);
  torch::Tensor inverse = torch::linalg_solve(a.t().matmul(a) + ridge, a.t().mv(b)).view({5, 5}).clone();
  inverse[2][2] += 1;
  CHECK((sums.inverse(5).kernel - inverse).abs().max().item<double>() < 1e-6);
}

TEST_CASE("the Wiener filter inverts a filter that it knows") {
  const PixelSet clean = pictures(4, 40, 32, 3, 1, 5);
  const torch::Tensor x = one_class(clean);
  ClassMark mark;
  mark.kind = ClassMark::Kind::filter;
  const std::vector<double> weights = drawn_kernel(5, 0.05, 3, true);
  mark.kernel = torch::tensor(weights, torch::kFloat64).view({5, 5});
  mark.variance = x.var().item<double>();
  const torch::Tensor y = correlated(x, mark.kernel);
  // The correlation itself, by its definition, in the middle.
  double sum = 0;
  for (int v = 0; v < 5; ++v) {
    for (int u = 0; u < 5; ++u)
      sum += weights[static_cast<std::size_t>(v * 5 + u)] * x[1][2][18 + v][14 + u].item<double>();
  }
  CHECK(y[1][2][20][16].item<double>() == doctest::Approx(sum));
  const torch::Tensor back = without_mark(y, mark);
  const auto middle = [](const torch::Tensor& t) { return t.narrow(2, 6, 28).narrow(3, 6, 20); };
  const double before = (middle(y) - middle(x)).square().mean().item<double>();
  CHECK((middle(back) - middle(x)).square().mean().item<double>() < before / 50);
  mark.gain = 0.5;
  CHECK((without_mark(y * 0.5, mark) - back).abs().max().item<double>() < 1e-5);
}
