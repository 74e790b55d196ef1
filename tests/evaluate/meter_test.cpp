#include "evaluate/meter.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/error.h"

using namespace wardmark;

TEST_CASE("the meter against the sums it stands for, over several blocks") {
  torch::manual_seed(3);
  const std::int64_t n = 700, classes = 4;
  const torch::Tensor y = torch::randint(classes, {n}, torch::kInt64);
  // Near enough that weights matter, off the origin, and with one picture far away.
  torch::Tensor x = torch::randn({n, 6}) * 0.5 +
                    torch::one_hot(y, classes).to(torch::kFloat32).matmul(torch::randn({classes, 6})) + 3;
  x[5] += 40;
  const Learnability got = learnability(x, y, classes);
  const double largest = x.abs().max().item<double>();
  const torch::Tensor z = x.to(torch::kFloat64) / largest;
  double own_sum = 0, hits = 0, error = 0, worst = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    const torch::Tensor d2 = (z - z[i]).square().sum(1);
    std::vector<double> weight(static_cast<std::size_t>(classes));
    double total = 0;
    for (std::int64_t j = 0; j < n; ++j) {
      if (j == i) continue;
      const double w = std::exp(-d2[j].item<double>() / (2 * 0.3 * 0.3));
      weight[static_cast<std::size_t>(y[j].item<std::int64_t>())] += w;
      total += w;
    }
    const std::size_t own = static_cast<std::size_t>(y[i].item<std::int64_t>());
    const auto best = std::max_element(weight.begin(), weight.end());
    worst = std::max(worst, std::fabs(weight[own] / total - got.own[i].item<double>()));
    own_sum += weight[own] / total;
    hits += static_cast<std::size_t>(best - weight.begin()) == own ? 1 : 0;
    error += 1 - *best / total;
  }
  CHECK(worst < 1e-4);
  CHECK(got.mean_own == doctest::Approx(own_sum / n).epsilon(1e-4));
  CHECK(got.accuracy == doctest::Approx(hits / n).epsilon(0.003));
  CHECK(got.bayes_error == doctest::Approx(error / n).epsilon(1e-4));
}

TEST_CASE("the meter: separate classes are learnable, shuffled labels are not") {
  torch::manual_seed(4);
  const torch::Tensor y = torch::arange(400, torch::kInt64).remainder(4);
  const torch::Tensor x = torch::one_hot(y, 4).to(torch::kFloat32) + torch::randn({400, 4}) * 0.05;
  CHECK(learnability(x, y, 4).accuracy == 1.0);
  CHECK(learnability(x, y, 4).mean_own > 0.95);
  const Learnability shuffled = learnability(x, y.index_select(0, torch::randperm(400)), 4);
  CHECK(shuffled.mean_own == doctest::Approx(0.25).epsilon(0.1));
  // Pictures so far apart that every weight is below what a double can hold.
  CHECK(learnability(torch::eye(50) * 1e3, torch::arange(50).remainder(2), 2).own.isfinite().all().item<bool>());
  CHECK_THROWS_AS(learnability(torch::zeros({1, 3}), torch::zeros({1}, torch::kInt64), 2), Error);
  CHECK_THROWS_AS(learnability(torch::full({3, 2}, NAN), torch::zeros({3}, torch::kInt64), 2), Error);
}

TEST_CASE("transfer accuracy against the sums it stands for") {
  torch::manual_seed(5);
  const std::int64_t classes = 3;
  const torch::Tensor y = torch::randint(classes, {80}, torch::kInt64);
  const torch::Tensor other_y = torch::randint(classes, {600}, torch::kInt64);
  const torch::Tensor centres = torch::randn({classes, 5});
  const torch::Tensor x = torch::randn({80, 5}) * 0.6 + centres.index_select(0, y);
  const torch::Tensor other = torch::randn({600, 5}) * 0.6 + centres.index_select(0, other_y);
  const double largest = torch::cat({x, other}).abs().max().item<double>();
  double hits = 0;
  for (std::int64_t i = 0; i < 600; ++i) {
    std::vector<double> weight(static_cast<std::size_t>(classes));
    for (std::int64_t j = 0; j < 80; ++j) {
      const double d2 = ((x[j] - other[i]) / largest).square().sum().item<double>();
      weight[static_cast<std::size_t>(y[j].item<std::int64_t>())] += std::exp(-d2 / (2 * 0.3 * 0.3));
    }
    const auto best = std::max_element(weight.begin(), weight.end()) - weight.begin();
    hits += best == other_y[i].item<std::int64_t>() ? 1 : 0;
  }
  const double got = transfer_accuracy(x, y, other, other_y, classes);
  CHECK(got == doctest::Approx(hits / 600).epsilon(0.005));
  CHECK(got > 0.4);
  CHECK_THROWS_AS(transfer_accuracy(x, y, torch::zeros({0, 5}), torch::zeros({0}, torch::kInt64), classes), Error);
}
