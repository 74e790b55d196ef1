#include "evaluate/coin.h"

#include <array>

#include "evaluate/draws.h"

namespace wardmark {
namespace {

constexpr std::array kAmplitudes = {2.0, 0.8, 3.2};

Breaker prepare(const BreakerInput& input) {
  Breaker breaker;
  breaker.hooks.augment = [amplitude = input.strength.value_or(kAmplitudes[0])](Batch& batch,
                                                                                torch::Generator& random) {
    const std::array shape = {batch.x.size(0), batch.x.size(2), batch.x.size(3)};
    const torch::Tensor dx = uniform_draws(shape, -amplitude, amplitude, random, batch.x.device());
    const torch::Tensor dy = uniform_draws(shape, -amplitude, amplitude, random, batch.x.device());
    batch.x = read_at_moved(batch.x, dy, dx);
  };
  return breaker;
}

}  // namespace

torch::Tensor read_at_moved(const torch::Tensor& x, const torch::Tensor& dy, const torch::Tensor& dx) {
  const std::int64_t height = x.size(2);
  const std::int64_t width = x.size(3);
  const torch::Tensor row = dy + torch::arange(height, dy.options()).view({1, height, 1});
  const torch::Tensor column = dx + torch::arange(width, dx.options()).view({1, 1, width});
  const torch::Tensor above = row.floor();
  const torch::Tensor before = column.floor();
  const torch::Tensor down = (row - above).unsqueeze(1);
  const torch::Tensor across = (column - before).unsqueeze(1);
  const torch::Tensor top = above.to(torch::kInt64);
  const torch::Tensor left = before.to(torch::kInt64);
  const torch::Tensor flat = x.flatten(2);
  // remainder() has the sign of the divisor: places wrap on both sides.
  const auto pixel = [&](std::int64_t below, std::int64_t right) {
    const torch::Tensor place = (top + below).remainder(height) * width + (left + right).remainder(width);
    const torch::Tensor index = place.flatten(1).unsqueeze(1).expand({-1, x.size(1), -1});
    return flat.gather(2, index).view(x.sizes());
  };
  const torch::Tensor upper = torch::lerp(pixel(0, 0), pixel(0, 1), across.expand_as(x));
  const torch::Tensor lower = torch::lerp(pixel(1, 0), pixel(1, 1), across.expand_as(x));
  return torch::lerp(upper, lower, down.expand_as(x));
}

BreakerInfo coin_breaker() {
  return {.name = "coin",
          .summary = "every pixel read from a place moved by up to this many px, anew in every step",
          .source = "COIN, arXiv 2311.18403",
          .quick = true,
          .unit = "amplitude in px",
          .least = 0.1,
          .most = 16,
          .strengths = kAmplitudes,
          .prepare = prepare};
}

}  // namespace wardmark
