#pragma once
#include "evaluate/breaker.h"

namespace wardmark {

/// cutout: a black square of half the short side (16 px at 32) in every picture of every step. Its centre is uniform
/// over the pixels, so that a part of it may lie outside.
/// After DeVries and Taylor (arXiv 1708.04552); numbers and the black filling as in Image Shortcut Squeezing (ISS,
/// arXiv 2301.13838).
BreakerInfo cutout_breaker();

/// Black squares of `length` px (rounded down to even) around `rows`, `columns` (B, int64). x: (B, C, H, W).
torch::Tensor cut_out(const torch::Tensor& x, std::int64_t length, const torch::Tensor& rows,
                      const torch::Tensor& columns);

/// 1 inside of rectangles, 0 outside: (B, 1, H, W), bool, of half-open ranges (B, int64).
torch::Tensor rectangles(const torch::Tensor& x, const torch::Tensor& top, const torch::Tensor& bottom,
                         const torch::Tensor& left, const torch::Tensor& right);

}  // namespace wardmark
