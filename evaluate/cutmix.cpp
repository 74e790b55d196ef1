#include "evaluate/cutmix.h"

#include "evaluate/cutout.h"
#include "evaluate/draws.h"
#include "evaluate/soft_targets.h"

namespace wardmark {
namespace {

Breaker prepare(const BreakerInput& input) {
  Breaker breaker;
  const std::int64_t classes = static_cast<std::int64_t>(input.train->classes.size());
  breaker.hooks.augment = [classes](Batch& batch, torch::Generator& random) {
    cut_and_mix(batch, classes, 2, 0.5, random);
  };
  return breaker;
}

}  // namespace

void cut_and_mix(Batch& batch, const torch::Tensor& others, const torch::Tensor& other_targets,
                 const CutMixRound& round) {
  const std::int64_t height = batch.x.size(2);
  const std::int64_t width = batch.x.size(3);
  const torch::Tensor side = (1 - round.lambda).sqrt();
  const torch::Tensor half_height = (side * static_cast<double>(height)).to(torch::kInt64).floor_divide(2);
  const torch::Tensor half_width = (side * static_cast<double>(width)).to(torch::kInt64).floor_divide(2);
  const torch::Tensor top = (round.row - half_height).clamp(0, height);
  const torch::Tensor bottom = (round.row + half_height).clamp(0, height);
  const torch::Tensor left = (round.column - half_width).clamp(0, width);
  const torch::Tensor right = (round.column + half_width).clamp(0, width);
  const torch::Tensor happens = round.happens.view({-1, 1, 1, 1});
  const torch::Tensor inside = rectangles(batch.x, top, bottom, left, right).logical_and(happens);
  batch.x = torch::where(inside, others.index_select(0, round.partner), batch.x);
  const torch::Tensor replaced = ((bottom - top) * (right - left)).to(torch::kFloat32) *
                                 round.happens.to(torch::kFloat32) / static_cast<double>(height * width);
  const torch::Tensor share = replaced.unsqueeze(1);
  batch.soft = batch.soft * (1 - share) + other_targets.index_select(0, round.partner) * share;
}

void cut_and_mix(Batch& batch, std::int64_t classes, int rounds, double probability, torch::Generator& random) {
  const torch::Tensor others = batch.x;
  const torch::Tensor targets = soft_targets(batch, classes);
  batch.soft = targets;
  const std::int64_t n = others.size(0);
  const torch::Device device = others.device();
  for (int i = 0; i < rounds; ++i) {
    CutMixRound round;
    round.happens = chance_draws({n}, probability, random, device);
    round.lambda = uniform_draws({n}, 0, 1, random, device);
    round.row = whole_draws({n}, others.size(2), random, device);
    round.column = whole_draws({n}, others.size(3), random, device);
    round.partner = whole_draws({n}, n, random, device);
    cut_and_mix(batch, others, targets, round);
  }
}

BreakerInfo cutmix_breaker() {
  return {.name = "cutmix",
          .summary = "rectangles of other pictures pasted in, targets mixed: beta 1, probability 0.5, up to twice",
          .source = "arXiv 1905.04899; numbers of ISS, arXiv 2301.13838",
          .prepare = prepare};
}

}  // namespace wardmark
