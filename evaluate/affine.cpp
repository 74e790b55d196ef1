#include "evaluate/affine.h"

namespace wardmark {

torch::Tensor affine_pictures(const torch::Tensor& x, const torch::Tensor& maps, Outside outside) {
  const double height = static_cast<double>(x.size(2));
  const double width = static_cast<double>(x.size(3));
  // torch counts places from -1 to 1 over the whole side, edges of pixels included.
  const torch::Tensor scale =
      torch::tensor({1.0, height / width, 2 / width, width / height, 1.0, 2 / height}, torch::kFloat32)
          .view({1, 2, 3})
          .to(x.device());
  const torch::Tensor grid = torch::affine_grid_generator(maps * scale, x.sizes(), false);
  constexpr std::int64_t kBilinear = 0;
  constexpr std::int64_t kZeros = 0;
  constexpr std::int64_t kBorder = 1;
  return torch::grid_sampler(x, grid, kBilinear, outside == Outside::edge ? kBorder : kZeros, false);
}

torch::Tensor rotations(const torch::Tensor& angles) {
  const torch::Tensor cosine = angles.cos();
  const torch::Tensor sine = angles.sin();
  const torch::Tensor zero = torch::zeros_like(angles);
  return torch::stack({cosine, sine, zero, -sine, cosine, zero}, 1).view({-1, 2, 3});
}

}  // namespace wardmark
