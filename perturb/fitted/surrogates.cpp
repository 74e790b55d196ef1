#include "perturb/fitted/surrogates.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "core/pixel_set.h"
#include "models/network_state.h"
#include "models/pictures.h"
#include "models/seeds.h"
#include "models/training_state.h"

namespace wardmark {
namespace {

constexpr double kWidth = 0.25;
constexpr double kMomentum = 0.9;
constexpr double kWeightDecay = 5e-4;
constexpr double kLongestGradient = 5.0;

/// Where the parts of network `place` lie in a checkpoint.
std::string prefix_of(std::size_t place) { return std::to_string(place) + "/"; }

}  // namespace

Surrogates::Surrogates(const std::vector<std::string>& names, const PixelSet& pictures, std::uint64_t seed,
                       const Compute& compute)
    : seed_(seed), compute_(compute) {
  const NetworkShape shape{pictures.channels, std::min(pictures.width, pictures.height),
                           static_cast<int>(pictures.classes.size()), kWidth};
  const auto all = torch::arange(static_cast<std::int64_t>(pictures.size()), torch::kLong);
  const Normalisation scale = measure_normalisation(pictures, all);
  for (const std::string& name : names) {
    torch::manual_seed(draw_seed(seed, Draw::weights, static_cast<std::int64_t>(members_.size())));
    Classifier model{build_network(find_network(name), shape), scale.mean.to(compute.device),
                     scale.std.to(compute.device)};
    model.network->to(compute.device);
    use_channels_last(*model.network);
    members_.push_back({model, Sgd(model.network->parameters(), kMomentum, kWeightDecay)});
  }
}

void Surrogates::teach(const Batch& batch, double rate, std::int64_t place) {
  for (std::size_t m = 0; m < members_.size(); ++m) {
    auto& [model, sgd] = members_[m];
    torch::manual_seed(draw_seed(seed_, Draw::dropout, place, static_cast<std::int64_t>(m)));
    torch::Tensor loss;
    {
      const Autocast autocast(compute_);
      loss = batch_loss(model(batch.x), batch);
    }
    if (!std::isfinite(loss.item<double>()))
      throw Error(Code::nan_loss, "fitting: the loss is no finite number in step " + std::to_string(place + 1),
                  "--precision fp32, or another --surrogate");
    sgd.clear();
    loss.backward();
    torch::nn::utils::clip_grad_norm_(model.network->parameters(), kLongestGradient);
    sgd.step(rate);
  }
}

void Surrogates::fix(bool fixed) {
  for (Member& member : members_) {
    member.model.network->train(!fixed);
    for (const torch::Tensor& weight : member.model.network->parameters()) weight.set_requires_grad(!fixed);
  }
}

torch::Tensor Surrogates::loss(std::size_t which, const torch::Tensor& x, const torch::Tensor& labels) const {
  Batch batch;
  batch.y = labels;
  const Autocast autocast(compute_);
  return batch_loss(members_[which].model(x), batch, true).sum();
}

torch::Tensor Surrogates::recognised(const torch::Tensor& x, const torch::Tensor& labels) const {
  const torch::NoGradGuard no_gradients;
  const Autocast autocast(compute_);
  torch::Tensor right = torch::zeros({x.size(0)}, torch::kDouble);
  for (const Member& member : members_) right += member.model(x).argmax(1).eq(labels).to(torch::kCPU, torch::kDouble);
  return right / static_cast<double>(members_.size());
}

void Surrogates::keep(Checkpoint& checkpoint) {
  for (std::size_t m = 0; m < members_.size(); ++m)
    keep_training(checkpoint, *members_[m].model.network, members_[m].sgd, prefix_of(m));
}

void Surrogates::restore(const Checkpoint& checkpoint) {
  for (std::size_t m = 0; m < members_.size(); ++m)
    restore_training(checkpoint, *members_[m].model.network, members_[m].sgd, prefix_of(m));
}

}  // namespace wardmark
