#include "evaluate/meter.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "core/error.h"
#include "models/network.h"
#include "models/pictures.h"

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

double transfer_accuracy(const torch::Tensor& train, const torch::Tensor& train_labels, const torch::Tensor& test,
                         const torch::Tensor& test_labels, std::int64_t classes) {
  const torch::NoGradGuard no_gradients;
  if (train.size(0) < 1 || test.size(0) < 1) throw Error(Code::parameter, "the meter needs pictures on both sides");
  const torch::Tensor raw = torch::cat({train, test}).to(torch::kFloat32);
  if (!raw.isfinite().all().item<bool>()) throw Error(Code::parameter, "features are not finite");
  torch::Tensor z = raw / raw.abs().max().clamp_min(std::numeric_limits<float>::min());
  z = z - z.mean(0);
  const torch::Tensor from = z.narrow(0, 0, train.size(0));
  const torch::Tensor to = z.narrow(0, train.size(0), test.size(0));
  const torch::Tensor squares = from.square().sum(1);
  const torch::Tensor shares = torch::one_hot(train_labels, classes).to(torch::kFloat32);
  double right = 0;
  for (std::int64_t first = 0; first < to.size(0); first += kBlock) {
    const torch::Tensor rows = to.slice(0, first, first + kBlock);
    // The squares of `rows` are the same for all training pictures and leave the posterior as it is.
    const torch::Tensor weight = (torch::mm(rows, from.t()).mul_(-2) + squares).mul_(-0.5 / (kBandwidth * kBandwidth));
    const torch::Tensor predicted = torch::softmax(weight, 1).mm(shares).argmax(1);
    right += predicted.eq(test_labels.slice(0, first, first + kBlock)).sum().item<double>();
  }
  return right / static_cast<double>(test.size(0));
}

torch::Tensor meter_features(const PixelSet& set, const Compute& compute) {
  constexpr std::int64_t kBatch = 256;
  constexpr std::uint64_t kSeed = 20260101;
  const torch::NoGradGuard no_gradients;
  torch::manual_seed(kSeed);
  const NetworkShape shape{set.channels, std::min(set.width, set.height), 2, 1.0};
  const auto network = build_network(find_network("small_cnn"), shape);
  network->to(compute.device);
  // Statistics of the batch, not of a training that never was, but the same ones for every batch: per picture.
  network->eval();
  const Pictures pictures(set, compute.device);
  std::vector<torch::Tensor> features;
  for (std::int64_t first = 0; first < pictures.size(); first += kBatch) {
    const std::int64_t last = std::min(first + kBatch, pictures.size());
    const torch::Tensor x = pictures.batch(torch::arange(first, last, torch::kLong));
    const torch::Tensor mean = x.mean({2, 3}, true);
    const torch::Tensor deviation = x.std({1, 2, 3}, true, true).clamp_min(1e-3);
    features.push_back(network->features((x - mean) / deviation).to(torch::kCPU, torch::kFloat));
  }
  return torch::cat(features);
}

}  // namespace wardmark
