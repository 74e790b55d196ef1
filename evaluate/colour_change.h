#pragma once
#include <torch/torch.h>

namespace wardmark {

/// Changes of brightness and colour of pictures (B, C, H, W) in 0..1 by a factor a picture, (B); 1 changes nothing. All
/// are mixtures: factor x picture + (1 - factor) x something plain, clipped to 0..1. C is 1 or 3.

/// With black.
torch::Tensor with_brightness(const torch::Tensor& x, const torch::Tensor& factor);
/// With the mean of its luma.
torch::Tensor with_contrast(const torch::Tensor& x, const torch::Tensor& factor);
/// With its luma. One channel: unchanged.
torch::Tensor with_saturation(const torch::Tensor& x, const torch::Tensor& factor);
/// With its smoothed version (3 x 3, weights 1 and 5 in the middle; edges kept).
torch::Tensor with_sharpness(const torch::Tensor& x, const torch::Tensor& factor);

/// Luma (B, 1, H, W): 0.2989, 0.587, 0.114; one channel: itself.
torch::Tensor luma_of(const torch::Tensor& x);

}  // namespace wardmark
