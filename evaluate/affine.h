#pragma once
#include <torch/torch.h>

namespace wardmark {

/// Pictures (B, C, H, W) read along affine maps, bilinear, black outside. `maps` (B, 2, 3), float32: from the place
/// (x, y, 1) of an output pixel to the place in the input, both in px from the middle of the picture.
torch::Tensor affine_pictures(const torch::Tensor& x, const torch::Tensor& maps);

/// The maps of rotations by angles (B) in radians.
torch::Tensor rotations(const torch::Tensor& angles);

}  // namespace wardmark
