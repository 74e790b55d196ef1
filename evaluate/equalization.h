#pragma once
#include <torch/torch.h>

namespace wardmark {

/// Changes of the histogram of pictures (B, C, H, W) in 0..1, every channel by itself, as Pillow defines them for 8
/// bits.

/// Only the highest bits of the 8-bit level stay; bits (B), float32.
torch::Tensor posterized(const torch::Tensor& x, const torch::Tensor& bits);
/// Darkest to 0, brightest to 1; constant channels stay.
torch::Tensor stretched(const torch::Tensor& x);
/// Levels by their rank: with step = (pixels - pixels of the brightest level) / 255 (whole), level l becomes
/// (pixels below l + step / 2) / step, at most 255; channels with step 0 stay.
torch::Tensor equalized(const torch::Tensor& x);

}  // namespace wardmark
