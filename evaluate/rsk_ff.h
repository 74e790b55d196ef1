#pragma once
#include "evaluate/breaker.h"

namespace wardmark {

/// rsk-ff: random sharpening and frequency filtering, anew for every picture in every step. Against cuda.
///   sharpen   centre c ~ N(2.5, 0.1), its four neighbours -N((c - 1) / 4, 0.1), corners 0, the same for all channels,
///             no padding (32 -> 30 px), clipped
///   filter    orthonormal DCT in two dimensions, the lowest 30 % of rows and columns kept (12 % above 64 px: 0.4 of 30
///   %,
///             the authors' branch for ImageNet), inverted, clipped
/// arXiv 2411.01742. There the two come before a crop to 32 px with 4 px of padding; here crop and flip are done
/// already, so a black border of 1 px brings the size back, as the middle one of those crops would.
BreakerInfo rsk_ff_breaker();

/// The sharpening: kernels (B, 5) = centre, above, left, right, below, each added with its own sign. Two px smaller.
torch::Tensor sharpened(const torch::Tensor& x, const torch::Tensor& kernels);
/// Keeps the lowest `share` of the DCT's rows and columns. Unclipped.
torch::Tensor low_frequencies(const torch::Tensor& x, double share);

}  // namespace wardmark
