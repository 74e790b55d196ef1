#include "evaluate/adversarial_training.h"

#include <array>
#include <cmath>

#include "evaluate/draws.h"

namespace wardmark {
namespace {

constexpr std::array kLinf = {4.0, 2.0, 8.0};
constexpr std::array kL2 = {0.5, 0.25, 1.0};
constexpr int kSteps = 10;
constexpr double kTiny = 1e-12;

torch::Tensor lengths(const torch::Tensor& delta) {
  return delta.flatten(1).norm(2, 1).clamp_min(kTiny).view({-1, 1, 1, 1});
}

// Into the ball, and so that the picture stays in 0..1.
torch::Tensor projected(const torch::Tensor& x, const torch::Tensor& delta, Norm norm, double eps) {
  const torch::Tensor inside =
      norm == Norm::linf ? delta.clamp(-eps, eps) : delta * (eps / lengths(delta)).clamp_max(1);
  return (x + inside).clamp(0, 1) - x;
}

torch::Tensor direction(const torch::Tensor& gradient, Norm norm) {
  return norm == Norm::linf ? gradient.sign() : gradient / lengths(gradient);
}

Breaker training(Norm norm, double eps, bool by_size) {
  Breaker breaker;
  breaker.hooks.loss = [=](Classifier& model, const Batch& batch, torch::Generator& random) {
    const double pixels = static_cast<double>(batch.x.size(2) * batch.x.size(3));
    Batch changed = batch;
    changed.x = attacked(model, batch, norm, by_size ? eps * std::sqrt(pixels) / 32 : eps, random);
    return batch_loss(model(changed.x), changed);
  };
  return breaker;
}

Breaker prepare_linf(const BreakerInput& input) {
  return training(Norm::linf, input.strength.value_or(kLinf[0]) / 255, false);
}

Breaker prepare_l2(const BreakerInput& input) { return training(Norm::l2, input.strength.value_or(kL2[0]), true); }

}  // namespace

torch::Tensor attacked(Classifier& model, const Batch& batch, Norm norm, double eps, torch::Generator& random) {
  const double step = eps / 4;
  const torch::Tensor x = batch.x.detach();
  model.network->eval();
  torch::Tensor delta = normal_draws(x.sizes(), 0, 1, random, x.device());
  delta = projected(x, delta * (norm == Norm::linf ? torch::full({1}, step, x.options()) : step / lengths(delta)), norm,
                    eps);
  for (int i = 0; i < kSteps; ++i) {
    delta = delta.detach().requires_grad_(true);
    // The sum: of the mean, the gradient of one picture would shrink with the batch and underflow in bf16.
    const torch::Tensor loss = batch_loss(model(x + delta), batch, true).sum();
    const torch::Tensor gradient = torch::autograd::grad({loss}, {delta})[0];
    const torch::NoGradGuard no_gradients;
    delta = projected(x, delta + direction(gradient, norm) * step, norm, eps);
  }
  model.network->train();
  return (x + delta.detach()).clamp_(0, 1);
}

BreakerInfo adversarial_linf_breaker() {
  return {.name = "adversarial-linf",
          .summary = "adversarial training, PGD of 10 steps within this many 1/255 a sample",
          .source = "arXiv 1706.06083; APBench, arXiv 2308.03258",
          .unit = "1/255",
          .least = 0.1,
          .most = 64,
          .cost = 11,
          .strengths = kLinf,
          .prepare = prepare_linf};
}

BreakerInfo adversarial_l2_breaker() {
  return {.name = "adversarial-l2",
          .summary = "the same within this length (samples in 0..1, at 32 px; scaled with the side)",
          .source = "arXiv 1706.06083; cuda, arXiv 2303.04278",
          .unit = "length at 32 px",
          .least = 0.01,
          .most = 10,
          .cost = 11,
          .strengths = kL2,
          .prepare = prepare_l2};
}

}  // namespace wardmark
