#pragma once
#include <torch/torch.h>

namespace wardmark {

/// What is read outside of a picture.
enum class Outside { black, edge };

/// Pictures (B, C, H, W) read along affine maps, bilinear. `maps` (B, 2, 3), float32: from the place
/// (x, y, 1) of an output pixel to the place in the input, both in px from the middle of the picture.
torch::Tensor affine_pictures(const torch::Tensor& x, const torch::Tensor& maps, Outside outside = Outside::black);

/// The maps of rotations by angles (B) in radians.
torch::Tensor rotations(const torch::Tensor& angles);

}  // namespace wardmark
