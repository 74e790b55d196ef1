#include "evaluate/plasma.h"

#include <algorithm>

#include "evaluate/draws.h"

namespace wardmark {
namespace {

using torch::indexing::None;
using torch::indexing::Slice;

// 3 x 3, see the header.
torch::Tensor start(std::int64_t n, torch::Generator& random, const torch::Device& device) {
  torch::Tensor grid = torch::zeros({n, 3, 3}, torch::TensorOptions().dtype(torch::kFloat32).device(device));
  const torch::Tensor corners = uniform_draws({n, 2, 2}, 0, 1, random, device) / 3;
  grid.index_put_({Slice(), Slice(None, None, 2), Slice(None, None, 2)}, corners);
  const torch::Tensor middle = corners.mean({1, 2});
  grid.select(1, 1).select(1, 1).copy_(middle);
  grid.select(1, 0).select(1, 1).copy_(corners.select(1, 0).sum(1) + middle);
  grid.select(1, 2).select(1, 1).copy_(corners.select(1, 1).sum(1) + middle);
  grid.select(2, 0).select(1, 1).copy_(corners.select(2, 0).sum(1) + middle);
  grid.select(2, 2).select(1, 1).copy_(corners.select(2, 1).sum(1) + middle);
  return grid;
}

// Doubles the density of the grid: middles of the cells first, then the middles of their edges.
torch::Tensor refined(const torch::Tensor& coarse, const torch::Tensor& scale, torch::Generator& random) {
  const std::int64_t m = coarse.size(1) - 1;  // cells a side
  const std::int64_t n = coarse.size(0);
  torch::Tensor grid = torch::empty({n, 2 * m + 1, 2 * m + 1}, coarse.options());
  const auto upper = coarse.narrow(1, 0, m);
  const auto lower = coarse.narrow(1, 1, m);
  const torch::Tensor around =
      (upper.narrow(2, 0, m) + upper.narrow(2, 1, m) + lower.narrow(2, 0, m) + lower.narrow(2, 1, m)) / 4;
  const auto noisy = [&](const torch::Tensor& mean) {
    return mean * (1 - scale) + uniform_draws(mean.sizes(), 0, 1, random, coarse.device()) * scale;
  };
  const torch::Tensor middles = noisy(around);
  torch::Tensor neighbours = torch::full({m + 1}, 4.0, coarse.options());
  neighbours.index_put_({0}, 3.0);
  neighbours.index_put_({m}, 3.0);
  // Edges between points of one row lie between cells above and below, those of one column between left and right.
  const torch::Tensor rows =
      (coarse.narrow(2, 0, m) + coarse.narrow(2, 1, m) + torch::constant_pad_nd(middles, {0, 0, 1, 0}) +
       torch::constant_pad_nd(middles, {0, 0, 0, 1})) /
      neighbours.view({1, -1, 1});
  const torch::Tensor columns = (coarse.narrow(1, 0, m) + coarse.narrow(1, 1, m) +
                                 torch::constant_pad_nd(middles, {1, 0}) + torch::constant_pad_nd(middles, {0, 1})) /
                                neighbours.view({1, 1, -1});
  const Slice even(None, None, 2);
  const Slice odd(1, None, 2);
  grid.index_put_({Slice(), even, even}, coarse);
  grid.index_put_({Slice(), odd, odd}, middles);
  grid.index_put_({Slice(), even, odd}, noisy(rows));
  grid.index_put_({Slice(), odd, even}, noisy(columns));
  return grid;
}

}  // namespace

torch::Tensor plasma(std::int64_t height, std::int64_t width, const torch::Tensor& roughness,
                     torch::Generator& random) {
  torch::Tensor grid = start(roughness.size(0), random, roughness.device());
  torch::Tensor scale = torch::ones_like(roughness).view({-1, 1, 1});
  while (grid.size(1) < std::max(height, width)) {
    scale = scale * roughness.view({-1, 1, 1});
    grid = refined(grid, scale, random);
  }
  return grid.narrow(1, 0, height).narrow(2, 0, width);
}

}  // namespace wardmark
