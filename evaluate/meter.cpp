#include "evaluate/meter.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "core/error.h"

namespace wardmark {
namespace {

constexpr double kBandwidth = 0.3;
constexpr std::int64_t kBlock = 512;

}  // namespace

Learnability learnability(const torch::Tensor& features, const torch::Tensor& labels, std::int64_t classes) {
  const torch::NoGradGuard no_gradients;
  if (features.size(0) < 2) throw Error(Code::parameter, "the learnability meter needs at least two pictures");
  const torch::Tensor raw = features.to(torch::kFloat32);
  if (!raw.isfinite().all().item<bool>()) throw Error(Code::parameter, "features are not finite");
  const torch::Tensor scaled = raw / raw.abs().max().clamp_min(std::numeric_limits<float>::min());
  // About the mean: distances stay, and the products below lose less to cancellation.
  const torch::Tensor z = scaled - scaled.mean(0);
  const torch::Tensor squares = z.square().sum(1);
  const torch::Tensor shares = torch::one_hot(labels, classes).to(torch::kFloat32);
  const std::int64_t n = z.size(0);
  std::vector<torch::Tensor> posteriors;
  for (std::int64_t first = 0; first < n; first += kBlock) {
    const std::int64_t rows = std::min(kBlock, n - first);
    torch::Tensor weight = torch::mm(z.narrow(0, first, rows), z.t()).mul_(-2);
    weight.add_(squares).add_(squares.narrow(0, first, rows).unsqueeze(1)).clamp_min_(0);
    weight.mul_(-0.5 / (kBandwidth * kBandwidth));
    weight.diagonal(first).fill_(-std::numeric_limits<float>::infinity());
    posteriors.push_back(torch::softmax(weight, 1).mm(shares));
  }
  const torch::Tensor posterior = torch::cat(posteriors);
  Learnability result;
  result.own = posterior.gather(1, labels.unsqueeze(1)).squeeze(1);
  const auto [largest, predicted] = posterior.max(1);
  result.predicted = predicted;
  result.mean_own = result.own.mean(torch::kFloat64).item<double>();
  result.accuracy = predicted.eq(labels).to(torch::kFloat64).mean().item<double>();
  result.bayes_error = 1 - largest.mean(torch::kFloat64).item<double>();
  return result;
}

}  // namespace wardmark
