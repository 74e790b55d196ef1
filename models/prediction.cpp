#include "models/prediction.h"

#include <limits>
#include <string>

#include "core/error.h"

namespace wardmark {
namespace {

constexpr std::int64_t kBatch = 256;

}  // namespace

torch::Tensor predict(const Classifier& model, const PixelSet& set, const Compute& compute) {
  if (set.size() == 0) throw Error(Code::input_empty, "no picture to classify");
  if (set.channels != model.mean.size(1)) {
    throw Error(Code::parameter, "pictures of " + std::to_string(set.channels) + " channels for a network of " +
                                     std::to_string(model.mean.size(1)));
  }
  const Pictures pictures(set, compute.device);
  return predict(model, pictures, torch::arange(pictures.size(), torch::kLong), compute);
}

torch::Tensor predict(const Classifier& model, const Pictures& pictures, const torch::Tensor& index,
                      const Compute& compute) {
  const torch::NoGradGuard no_grad;
  const Autocast autocast(compute);
  const bool was_training = model.network->is_training();
  model.network->eval();
  std::vector<torch::Tensor> logits;
  for (std::int64_t begin = 0; begin < index.size(0); begin += kBatch) {
    const torch::Tensor x = pictures.batch(index.slice(0, begin, begin + kBatch));
    logits.push_back(model(x).to(torch::kCPU, torch::kFloat));
  }
  model.network->train(was_training);
  return torch::cat(logits);
}

HitRates hit_rates(const torch::Tensor& logits, const torch::Tensor& labels) {
  const std::int64_t count = labels.size(0);
  if (count == 0) return {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::quiet_NaN()};
  const torch::Tensor y = labels.to(torch::kCPU);
  const torch::Tensor right = logits.to(torch::kCPU).argmax(1).eq(y).to(torch::kDouble);
  const std::int64_t classes = logits.size(1);
  const torch::Tensor all = torch::bincount(y, {}, classes).to(torch::kDouble);
  const torch::Tensor hits = torch::bincount(y, right, classes);
  const torch::Tensor present = all.gt(0);
  return {right.mean().item<double>(), (hits.index({present}) / all.index({present})).mean().item<double>()};
}

}  // namespace wardmark
