#include "evaluate/self_supervision.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "evaluate/affine.h"
#include "evaluate/colour_change.h"
#include "evaluate/draws.h"
#include "evaluate/feature_refit.h"
#include "evaluate/full_precision.h"
#include "evaluate/material.h"

namespace wardmark {
namespace {

constexpr int kOutputs = 128;
constexpr double kTemperature = 0.5;
constexpr double kSharpness = 0.07;
constexpr std::int64_t kNeighbours = 20;
constexpr std::int64_t kBlock = 512;
constexpr std::size_t kPenaltyPictures = 2000;
constexpr int kPenaltyFolds = 2;

torch::Tensor all_rows(const PixelSet& set) {
  return torch::arange(static_cast<std::int64_t>(set.size()), torch::kInt64);
}

torch::Tensor labels_of(const PixelSet& set) { return torch::tensor(set.labels, torch::kInt64); }

/// Where each picture of a view lies in its original: windows that stay inside.
torch::Tensor window_maps(const torch::Tensor& x, torch::Generator& random) {
  const std::int64_t n = x.size(0);
  const torch::Device device = x.device();
  const torch::Tensor area = uniform_draws({n}, 0.2, 1, random, device);
  const double widest = std::log(4.0 / 3);
  const torch::Tensor shape = uniform_draws({n}, -widest, widest, random, device).exp();
  const torch::Tensor across = (area * shape).sqrt().clamp_max(1);
  const torch::Tensor down = (area / shape).sqrt().clamp_max(1);
  const torch::Tensor mirrored = chance_draws({n}, 0.5, random, device);
  const torch::Tensor right =
      uniform_draws({n}, -0.5, 0.5, random, device) * (1 - across) * static_cast<double>(x.size(3));
  const torch::Tensor below =
      uniform_draws({n}, -0.5, 0.5, random, device) * (1 - down) * static_cast<double>(x.size(2));
  const torch::Tensor zero = torch::zeros_like(across);
  return torch::stack({torch::where(mirrored, -across, across), zero, right, zero, down, below}, 1).view({-1, 2, 3});
}

Breaker prepare_training() {
  Breaker breaker;
  breaker.outputs = kOutputs;
  breaker.hooks.loss = [](Classifier& model, const Batch& batch, torch::Generator& random) {
    const torch::Tensor views = torch::cat({random_view(batch.x, random), random_view(batch.x, random)});
    const torch::Tensor seen = model(views);
    return contrastive_loss(seen.narrow(0, 0, batch.x.size(0)), seen.narrow(0, batch.x.size(0), batch.x.size(0)),
                            kTemperature);
  };
  return breaker;
}

/// The linear classifier on all pictures, its penalty chosen on some of them.
void fit_probe(Classifier& model, const PixelSet& train) {
  const auto classes = static_cast<std::int64_t>(train.classes.size());
  const torch::Tensor features = features_of(model, train, all_rows(train));
  const torch::Tensor labels = labels_of(train);
  const std::vector<std::size_t> some = stratified(train, std::min(kPenaltyPictures, train.size()), 0);
  const torch::Tensor rows = torch::tensor(std::vector<std::int64_t>(some.begin(), some.end()), torch::kInt64);
  const double penalty =
      chosen_penalty(features.index_select(0, rows), labels.index_select(0, rows), classes, kPenaltyFolds);
  replace_last_layer(model, logistic_regression(features, labels, classes, penalty));
}

Breaker prepare_probe(const BreakerInput&) {
  Breaker breaker = prepare_training();
  breaker.refit = fit_probe;
  return breaker;
}

Breaker prepare_neighbours(const BreakerInput&) {
  Breaker breaker;
  breaker.scores = [](const Classifier& model, const PixelSet& train, const PixelSet& test) {
    return neighbour_scores(features_of(model, train, all_rows(train)), labels_of(train),
                            features_of(model, test, all_rows(test)), static_cast<std::int64_t>(train.classes.size()),
                            kNeighbours);
  };
  return breaker;
}

}  // namespace

torch::Tensor random_view(const torch::Tensor& x, torch::Generator& random) {
  const FullPrecision full;
  const std::int64_t n = x.size(0);
  const torch::Device device = x.device();
  const torch::Tensor plain = affine_pictures(x, window_maps(x, random), Outside::edge);
  const auto some = [&](double share) { return chance_draws({n}, share, random, device).view({-1, 1, 1, 1}); };
  torch::Tensor jittered = with_brightness(plain, uniform_draws({n}, 0.6, 1.4, random, device));
  jittered = with_contrast(jittered, uniform_draws({n}, 0.6, 1.4, random, device));
  jittered = with_saturation(jittered, uniform_draws({n}, 0.6, 1.4, random, device));
  torch::Tensor view = torch::where(some(0.8), jittered, plain);
  if (x.size(1) > 1) view = torch::where(some(0.2), luma_of(view).expand_as(view), view);
  return view;
}

torch::Tensor contrastive_loss(const torch::Tensor& first, const torch::Tensor& second, double temperature) {
  const FullPrecision full;
  const torch::Tensor all = torch::cat({first, second}).to(torch::kFloat32);
  const torch::Tensor z = torch::nn::functional::normalize(all, torch::nn::functional::NormalizeFuncOptions().dim(1));
  const std::int64_t n = z.size(0);
  const torch::Tensor itself = torch::eye(n, torch::TensorOptions(torch::kBool).device(z.device()));
  const torch::Tensor logits = (z.mm(z.t()) / temperature).masked_fill(itself, -std::numeric_limits<float>::infinity());
  const torch::Tensor partner = torch::arange(n, torch::TensorOptions(torch::kInt64).device(z.device())).roll(n / 2);
  return torch::nn::functional::cross_entropy(logits, partner);
}

torch::Tensor neighbour_scores(const torch::Tensor& train, const torch::Tensor& labels, const torch::Tensor& test,
                               std::int64_t classes, std::int64_t neighbours) {
  const torch::NoGradGuard no_gradients;
  const auto options = torch::nn::functional::NormalizeFuncOptions().dim(1);
  const torch::Tensor from = torch::nn::functional::normalize(train.to(torch::kFloat64), options);
  const torch::Tensor to = torch::nn::functional::normalize(test.to(torch::kFloat64), options);
  const torch::Tensor shares = torch::one_hot(labels, classes).to(torch::kFloat64);
  const std::int64_t count = std::min(neighbours, from.size(0));
  std::vector<torch::Tensor> scores;
  for (const torch::Tensor& part : to.split(kBlock)) {
    const auto [cosine, place] = part.mm(from.t()).topk(count, 1);
    const torch::Tensor weight = ((cosine - 1) / kSharpness).exp();
    const torch::Tensor votes =
        (weight.unsqueeze(2) * shares.index_select(0, place.flatten()).view({part.size(0), count, classes})).sum(1);
    scores.push_back(votes / votes.sum(1, true).clamp_min(std::numeric_limits<double>::min()));
  }
  return torch::cat(scores);
}

BreakerInfo linear_probe_breaker() {
  return {.name = "linear-probe",
          .summary = "features learned without labels (contrastive), then a linear classifier with them",
          .source = "SimCLR, arXiv 2002.05709",
          .cost = 2.6,
          .prepare = prepare_probe};
}

BreakerInfo nearest_neighbour_breaker() {
  return {.name = "nearest-neighbour",
          .summary = "the same features, classes by the 20 nearest training pictures",
          .source = "arXiv 2104.14294, 1805.01978",
          .by_product_of = "linear-probe",
          .prepare = prepare_neighbours};
}

}  // namespace wardmark
