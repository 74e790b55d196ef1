#pragma once
#include "evaluate/breaker.h"

namespace wardmark {

/// orthogonal-projection: what a linear classifier finds in the raw pixels is taken out of them. Against class-wise
/// noise.
///   fit       logistic regression without bias on samples in 0..1, SGD of rate 0.1 (0.01 after half, 0.001 after three
///             quarters) in batches of 1024, 20 epochs, and so many more that there are 980 steps, as for 50,000
///             pictures
///   project   the span of its K weight rows (QR) is removed from every training picture
///   train     rotation of up to 10 degrees, shear along x of up to 10 degrees, scale 0.8..1.2, brightness, contrast
///   and
///             saturation by 0.8..1.2, CutMix with probability 0.5
/// arXiv 2305.19254, code learn-from-unlearnable. Departures: pictures stay 8 bits, so the projection is taken about
/// the mean picture (which says nothing about the class, and far less is clipped); crop and flip come before the rest,
/// not after; CutMix is drawn for every picture, not for every batch; the schedule is the one of the whole evaluation,
/// not 50 epochs of rate 0.1.
BreakerInfo orthogonal_projection_breaker();

/// Weight rows of the regression, (K, height x width x channels), for samples in stored order.
torch::Tensor pixel_regression(const PixelSet& train, std::uint64_t seed);
/// Every picture without its part in the span of `rows`, about the mean picture.
PixelSet without_span(const PixelSet& set, const torch::Tensor& rows);

}  // namespace wardmark
