#pragma once
#include <torch/torch.h>

#include "models/network.h"

/// What the families of networks are made of.
namespace wardmark {

/// Up to this side the small-picture stem is built, above the published one.
inline constexpr int kSmallSide = 64;
inline bool small_stem(const NetworkShape& shape) { return shape.side <= kSmallSide; }

/// `channels` x width, rounded to a multiple of 8, at least 8; `channels` itself at width 1.
int scaled(int channels, double width);

/// A convolution without bias, padded so that stride 1 keeps the size. `kernel` is odd.
torch::nn::Conv2d convolution(int in, int out, int kernel, int stride = 1, int groups = 1);

/// max(x, 0) in place: what comes out of a convolution or batch norm is needed by nobody else.
inline torch::Tensor rectified(const torch::Tensor& x) { return x.relu_(); }
/// Average over the picture: (B, C, H, W) -> (B, C).
torch::Tensor averaged(const torch::Tensor& x);

/// How a family starts the weights of its layers.
enum class ConvolutionStart { fan_in, fan_out };     ///< He normal (arXiv 1502.01852) by inputs or outputs
enum class LinearStart { usual, zero_bias, small };  ///< torch's own; the same, bias 0; N(0, 0.01), bias 0
/// Draws the weights of every convolution, batch norm (1 and 0) and linear layer below `network` from torch's default
/// generator, in the order of registration, as torchvision does at the end of a constructor.
void start_weights(torch::nn::Module& network, ConvolutionStart convolutions, LinearStart linears);

}  // namespace wardmark
