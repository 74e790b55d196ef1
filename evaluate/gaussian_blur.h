#pragma once
#include <span>
#include <vector>

#include "evaluate/breaker.h"

namespace wardmark {

/// gaussian:SIGMA: training pictures blurred, sigma in px. The published rows (ISS, APBench) blur 3 x 3 with sigma
/// 0.1, where a neighbour weighs e^-50: the identity, so that "blur does nothing" says nothing. Here the sigma is
/// real, from 0.8 on, and the kernel reaches 3 sigma.
BreakerInfo gaussian_breaker();

/// Weights of -radius..radius, radius = ceil(3 sigma), of sum 1.
std::vector<float> gaussian_weights(double sigma);
/// One picture (height x width x channels) blurred with the same weights along both axes, mirrored at its edges
/// (without repeating the edge). Unrounded, in levels.
std::vector<float> blurred(std::span<const std::uint8_t> samples, int height, int width, int channels,
                           std::span<const float> weights);

}  // namespace wardmark
