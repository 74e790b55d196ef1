#include "evaluate/pair_regression.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace wardmark {
namespace {

constexpr std::int64_t kMostReach = 4;
constexpr double kRounding = 1.0 / 12 / 255 / 255;
constexpr double kSameMean = 0.02;         // what moves over the edges changes the mean by as much
constexpr double kWeightVariance = 0.1;    // of kernel weights about the identity
constexpr std::int64_t kMostRows = 40000;  // of one picture: more say nothing new about 81 weights

}  // namespace

std::int64_t largest_reach(const torch::Tensor& x) {
  return std::clamp<std::int64_t>((std::min(x.size(2), x.size(3)) - 4) / 5, 1, kMostReach);
}

PairSums::PairSums(const torch::Tensor& clean, const torch::Tensor& marked, std::int64_t first, std::int64_t lines)
    : reach_(largest_reach(clean)) {
  const torch::NoGradGuard no_gradients;
  double log_gain = 0;
  for (std::int64_t i = 0; i < clean.size(0); ++i) {
    const auto part = [&](const torch::Tensor& all) {
      return all[i].narrow(1, first - reach_, lines + 2 * reach_).to(torch::kFloat64);
    };
    const torch::Tensor x = part(clean);
    const torch::Tensor y = part(marked);
    const double mean = x.mean().item<double>();
    const double ratio = mean > 1.0 / 255 ? y.mean().item<double>() / mean : 1.0;
    const double gain = std::abs(ratio - 1) < kSameMean ? 1.0 : std::clamp(ratio, 0.1, 10.0);
    log_gain += std::log(gain);
    variance_ += x.var(false).item<double>();
    add(forward_, x, y / gain);
    add(inverse_, y, x);
  }
  gain_ = std::exp(log_gain / static_cast<double>(clean.size(0)));
  variance_ /= static_cast<double>(clean.size(0));
}

void PairSums::add(Sums& sums, const torch::Tensor& from, const torch::Tensor& to) const {
  const std::int64_t side = 2 * reach_ + 1;
  const torch::Tensor columns = torch::im2col(from.unsqueeze(1), {side, side}, {1, 1}, {0, 0}, {1, 1});
  torch::Tensor patches = columns.transpose(1, 2).reshape({-1, side * side});
  const auto inner = [this](const torch::Tensor& all) {
    return all.narrow(1, reach_, all.size(1) - 2 * reach_).narrow(2, reach_, all.size(2) - 2 * reach_).reshape({-1});
  };
  torch::Tensor change = inner(to) - inner(from);
  if (const std::int64_t stride = 1 + patches.size(0) / kMostRows; stride > 1) {
    patches = patches.slice(0, 0, patches.size(0), stride);
    change = change.slice(0, 0, change.size(0), stride);
  }
  const torch::Tensor squares = patches.t().matmul(patches);
  const torch::Tensor products = patches.t().mv(change);
  sums.squares = sums.squares.defined() ? sums.squares + squares : squares;
  sums.products = sums.products.defined() ? sums.products + products : products;
  sums.change += change.square().sum().item<double>();
  sums.rows += static_cast<double>(change.numel());
}

KernelFit PairSums::fit(const Sums& sums, std::int64_t side) const {
  const std::int64_t whole = 2 * reach_ + 1;
  std::vector<std::int64_t> inside;  // the smaller kernel's places within the largest
  for (std::int64_t row = reach_ - side / 2; row <= reach_ + side / 2; ++row) {
    for (std::int64_t column = reach_ - side / 2; column <= reach_ + side / 2; ++column)
      inside.push_back(row * whole + column);
  }
  const torch::Tensor places = torch::tensor(inside, torch::kInt64);
  const torch::Tensor a = sums.squares.index_select(0, places).index_select(1, places);
  const torch::Tensor b = sums.products.index_select(0, places);
  const torch::Tensor ridge = torch::eye(a.size(0), a.options()) * (kRounding / kWeightVariance);
  const torch::Tensor weights = torch::linalg_solve(a + ridge, b);
  const double left = sums.change - 2 * weights.dot(b).item<double>() + weights.dot(a.mv(weights)).item<double>();
  torch::Tensor kernel = weights.clone().view({side, side});
  kernel[side / 2][side / 2] += 1;
  return {kernel, std::max(0.0, left / sums.rows)};
}

double PairSums::unexplained() const {
  const double change = forward_.change / forward_.rows;
  return change > kRounding ? fit(forward_, 2 * reach_ + 1).residual / change : 0.0;
}

KernelFit PairSums::forward(std::int64_t side) const { return fit(forward_, side); }
KernelFit PairSums::inverse(std::int64_t side) const { return fit(inverse_, side); }

}  // namespace wardmark
