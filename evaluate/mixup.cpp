#include "evaluate/mixup.h"

#include "evaluate/draws.h"
#include "evaluate/soft_targets.h"

namespace wardmark {
namespace {

constexpr int kRounds = 2;
constexpr double kProbability = 0.5;

Breaker prepare(const BreakerInput& input) {
  Breaker breaker;
  const std::int64_t classes = static_cast<std::int64_t>(input.train->classes.size());
  breaker.hooks.augment = [classes](Batch& batch, torch::Generator& random) {
    const torch::Tensor others = batch.x;
    const torch::Tensor targets = soft_targets(batch, classes);
    batch.soft = targets;
    const std::int64_t n = others.size(0);
    for (int i = 0; i < kRounds; ++i) {
      const torch::Tensor happens = chance_draws({n}, kProbability, random, others.device());
      const torch::Tensor lambda = uniform_draws({n}, 0, 1, random, others.device());
      const torch::Tensor partner = whole_draws({n}, n, random, others.device());
      mix_up(batch, others, targets, torch::where(happens, lambda, torch::ones_like(lambda)), partner);
    }
  };
  return breaker;
}

}  // namespace

void mix_up(Batch& batch, const torch::Tensor& others, const torch::Tensor& other_targets, const torch::Tensor& keep,
            const torch::Tensor& partner) {
  const torch::Tensor of_picture = keep.view({-1, 1, 1, 1});
  const torch::Tensor of_target = keep.view({-1, 1});
  batch.x = batch.x * of_picture + others.index_select(0, partner) * (1 - of_picture);
  batch.soft = batch.soft * of_target + other_targets.index_select(0, partner) * (1 - of_target);
}

BreakerInfo mixup_breaker() {
  return {.name = "mixup",
          .summary = "weighted sums of two pictures and their targets: beta 1, probability 0.5, up to twice",
          .source = "arXiv 1710.09412; numbers of ISS, arXiv 2301.13838",
          .prepare = prepare};
}

}  // namespace wardmark
