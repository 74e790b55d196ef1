#include "evaluate/equalization.h"

namespace wardmark {
namespace {

torch::Tensor levels_of(const torch::Tensor& x) { return (x * 255 + 0.5).floor().clamp(0, 255).to(torch::kInt64); }

}  // namespace

torch::Tensor posterized(const torch::Tensor& x, const torch::Tensor& bits) {
  const torch::Tensor step = torch::pow(2.0, 8 - bits).to(torch::kInt64).view({-1, 1, 1, 1});
  const torch::Tensor level = levels_of(x);
  return (level - level.remainder(step)).to(torch::kFloat32) / 255;
}

torch::Tensor stretched(const torch::Tensor& x) {
  const torch::Tensor darkest = x.amin({2, 3}, true);
  const torch::Tensor range = x.amax({2, 3}, true) - darkest;
  const torch::Tensor flat = range.le(0);
  return torch::where(flat, x, ((x - darkest) / range.masked_fill(flat, 1.0)).clamp(0, 1));
}

torch::Tensor equalized(const torch::Tensor& x) {
  const std::int64_t planes = x.size(0) * x.size(1);
  const torch::Tensor level = levels_of(x).reshape({planes, -1});
  torch::Tensor histogram = torch::zeros({planes, 256}, level.options());
  histogram.scatter_add_(1, level, torch::ones_like(level));
  const torch::Tensor brightest = level.amax(1, true);
  const torch::Tensor step = (level.size(1) - histogram.gather(1, brightest)).floor_divide(255);
  const torch::Tensor below = histogram.cumsum(1) - histogram;
  const torch::Tensor divisor = step.clamp_min(1);
  const torch::Tensor table = (below + divisor.floor_divide(2)).floor_divide(divisor).clamp(0, 255);
  const torch::Tensor changed = table.gather(1, level).to(torch::kFloat32) / 255;
  return torch::where(step.gt(0), changed, x.reshape({planes, -1})).view(x.sizes());
}

}  // namespace wardmark
