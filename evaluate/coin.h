#pragma once
#include "evaluate/breaker.h"

namespace wardmark {

/// coin:AMPLITUDE: every pixel of every picture in every step, after crop and flip, is read from a place moved by
/// dx, dy ~ U(-AMPLITUDE, AMPLITUDE) px, bilinear, shared by the channels, wrapped at the edges. Against filters such
/// as cuda. COIN (arXiv 2311.18403), severity 4: 2 px; its seven severities run from 0.8 to 3.2. The release truncates
/// the result to levels and wraps with SciPy's older rule; here nothing is rounded and the wrap has the picture's
/// period.
BreakerInfo coin_breaker();

/// out[y][x] = x at (y + dy, x + dx). x: (B, C, H, W); dy, dx: (B, H, W).
torch::Tensor read_at_moved(const torch::Tensor& x, const torch::Tensor& dy, const torch::Tensor& dx);

}  // namespace wardmark
