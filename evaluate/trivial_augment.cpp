#include "evaluate/trivial_augment.h"

#include <numbers>

#include "evaluate/affine.h"
#include "evaluate/colour_change.h"
#include "evaluate/draws.h"
#include "evaluate/equalization.h"

namespace wardmark {
namespace {

using Operation = TrivialOperation;

// Shears and moves: x_in = x + sx y + tx, y_in = sy x + y + ty, from the middle.
torch::Tensor shear_maps(const torch::Tensor& sx, const torch::Tensor& sy, const torch::Tensor& tx,
                         const torch::Tensor& ty) {
  const torch::Tensor one = torch::ones_like(sx);
  return torch::stack({one, sx, tx, sy, one, ty}, 1).view({-1, 2, 3});
}

torch::Tensor geometric(Operation operation, const torch::Tensor& x, const torch::Tensor& share) {
  if (operation == Operation::rotate) return affine_pictures(x, rotations(share * (135 * std::numbers::pi / 180)));
  const torch::Tensor zero = torch::zeros_like(share);
  torch::Tensor sx = zero, sy = zero, tx = zero, ty = zero;
  switch (operation) {
    case Operation::shear_x:
      sx = share * 0.99;
      tx = sx * (static_cast<double>(x.size(2)) / 2);
      break;
    case Operation::shear_y:
      sy = share * 0.99;
      ty = sy * (static_cast<double>(x.size(3)) / 2);
      break;
    case Operation::translate_x:
      tx = share * 32;
      break;
    default:
      ty = share * 32;
  }
  return affine_pictures(x, shear_maps(sx, sy, tx, ty));
}

}  // namespace

torch::Tensor trivial_operation(Operation operation, const torch::Tensor& x, const torch::Tensor& strength,
                                const torch::Tensor& sign) {
  const torch::Tensor level = strength / static_cast<double>(kTrivialStrengths - 1);
  const torch::Tensor factor = 1 + level * sign * 0.99;
  switch (operation) {
    case Operation::identity:
      return x;
    case Operation::brightness:
      return with_brightness(x, factor);
    case Operation::colour:
      return with_saturation(x, factor);
    case Operation::contrast:
      return with_contrast(x, factor);
    case Operation::sharpness:
      return with_sharpness(x, factor);
    case Operation::posterize:
      return posterized(x, 8 - (level * 6).round());
    case Operation::solarize:
      return torch::where(x.ge((1 - level).view({-1, 1, 1, 1})), 1 - x, x);
    case Operation::auto_contrast:
      return stretched(x);
    case Operation::equalize:
      return equalized(x);
    default:
      return geometric(operation, x, level * sign);
  }
}

torch::Tensor trivial_augment(const torch::Tensor& x, torch::Generator& random) {
  const std::int64_t n = x.size(0);
  // On the CPU: which pictures drew which operation decides what is launched.
  const torch::Tensor drawn = whole_draws({n}, kTrivialOperations, random, torch::kCPU);
  const torch::Tensor strength = whole_draws({n}, kTrivialStrengths, random, x.device()).to(torch::kFloat32);
  const torch::Tensor sign = chance_draws({n}, 0.5, random, x.device()).to(torch::kFloat32) * 2 - 1;
  torch::Tensor out = x.clone();
  for (std::int64_t i = 1; i < kTrivialOperations; ++i) {
    const torch::Tensor rows = drawn.eq(i).nonzero().flatten().to(x.device());
    if (rows.numel() == 0) continue;
    out.index_copy_(0, rows,
                    trivial_operation(static_cast<Operation>(i), x.index_select(0, rows),
                                      strength.index_select(0, rows), sign.index_select(0, rows)));
  }
  return out;
}

}  // namespace wardmark
