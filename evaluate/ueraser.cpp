#include "evaluate/ueraser.h"

#include <ATen/autocast_mode.h>

#include "evaluate/draws.h"
#include "evaluate/full_precision.h"
#include "evaluate/plasma.h"
#include "evaluate/trivial_augment.h"

namespace wardmark {
namespace {

constexpr int kDraws = 5;

// One map for every channel of n pictures: (n, C, H, W).
torch::Tensor maps_for(const torch::Tensor& x, torch::Generator& random) {
  const torch::Tensor roughness = uniform_draws({x.size(0)}, 0.3, 0.7, random, x.device());
  return plasma(x.size(2), x.size(3), roughness.repeat_interleave(x.size(1)), random).reshape(x.sizes());
}

// Changes about half of the pictures, chosen by coins.
template <class Change>
void for_half(torch::Tensor& x, torch::Generator& random, Change change) {
  const torch::Tensor rows = chance_draws({x.size(0)}, 0.5, random, torch::kCPU).nonzero().flatten().to(x.device());
  if (rows.numel() > 0) x.index_copy_(0, rows, change(x.index_select(0, rows)));
}

torch::Tensor shuffled_channels(const torch::Tensor& x, torch::Generator& random) {
  const torch::Tensor order = uniform_draws({x.size(0), x.size(1)}, 0, 1, random, x.device()).argsort(1, false);
  return x.gather(1, order.view({x.size(0), x.size(1), 1, 1}).expand_as(x));
}

Breaker prepare_lite(const BreakerInput&) {
  Breaker breaker;
  breaker.hooks.augment = [](Batch& batch, torch::Generator& random) { batch.x = ueraser_draw(batch.x, random); };
  return breaker;
}

Breaker prepare_max(const BreakerInput&) {
  Breaker breaker;
  breaker.hooks.loss = [](Classifier& model, const Batch& batch, torch::Generator& random) {
    Batch worst = batch;
    worst.x = worst_of_draws(model, batch, kDraws, random);
    return batch_loss(model(worst.x), worst);
  };
  return breaker;
}

}  // namespace

torch::Tensor ueraser_draw(const torch::Tensor& pictures, torch::Generator& random) {
  const FullPrecision full;
  torch::Tensor x = pictures.clone();
  for_half(x, random, [&random](const torch::Tensor& half) {
    const torch::Tensor intensity = uniform_draws({half.size(0), 1, 1, 1}, 0.5, 1, random, half.device());
    return (half + (maps_for(half, random) * 2 - 1) * intensity).clamp(0, 1);
  });
  for_half(x, random, [&random](const torch::Tensor& half) {
    return ((half - 0.5) * (maps_for(half, random) * 4) + 0.5).clamp(0, 1);
  });
  for_half(x, random, [&random](const torch::Tensor& half) { return shuffled_channels(half, random); });
  return trivial_augment(x, random);
}

torch::Tensor worst_of_draws(Classifier& model, const Batch& batch, int draws, torch::Generator& random) {
  torch::Tensor worst;
  {
    const torch::NoGradGuard no_gradients;
    torch::Tensor largest;
    for (int i = 0; i < draws; ++i) {
      const torch::Tensor x = ueraser_draw(batch.x, random);
      const torch::Tensor loss = batch_loss(model(x), batch, true);
      if (i == 0) {
        worst = x;
        largest = loss;
        continue;
      }
      worst = torch::where(loss.gt(largest).view({-1, 1, 1, 1}), x, worst);
      largest = torch::maximum(loss, largest);
    }
  }
  // Under autocast, weights converted without gradients would be kept and used again in the step, which then trains
  // nothing.
  at::autocast::clear_cache();
  return worst;
}

BreakerInfo ueraser_lite_breaker() {
  return {.name = "ueraser-lite",
          .summary = "plasma brightness and contrast, channel shuffle, TrivialAugment; one draw",
          .source = "UEraser, arXiv 2303.15127",
          .quick = true,
          .prepare = prepare_lite};
}

BreakerInfo ueraser_max_breaker() {
  return {.name = "ueraser-max",
          .summary = "the same, the worst of five draws for every picture, in all epochs",
          .source = "UEraser, arXiv 2303.15127",
          .cost = 4,
          .prepare = prepare_max};
}

}  // namespace wardmark
