#pragma once
#include <torch/torch.h>

namespace wardmark {

/// Plasma fractals by diamond-square: `n` maps of height x width in 0..1, (n, height, width), one `roughness` each (n,
/// float32). On a square grid of side 2^k + 1 that covers the picture: corners random; then, halving the distance,
/// every new point is (1 - s) x the mean of its neighbours + s x U(0, 1), with s = roughness^level. The first level
/// starts as kornia's (Apache-2.0) does, whose maps UEraser was published with: corners U(0, 1) / 3, their middle the
/// mean of them, the middles of the edges the sum of the three nearest; this darkens the maps. Points on an edge
/// average the three neighbours they have.
torch::Tensor plasma(std::int64_t height, std::int64_t width, const torch::Tensor& roughness, torch::Generator& random);

}  // namespace wardmark
