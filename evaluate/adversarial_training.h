#pragma once
#include "evaluate/breaker.h"

namespace wardmark {

/// adversarial-linf:EPS (in 1/255), adversarial-l2:EPS (for samples in 0..1 at 32 x 32, scaled with the root of the
/// pixels): the network learns from pictures that an attack has changed. Projected gradient descent, 10 steps of EPS /
/// 4 with the network in eval(), pictures kept in 0..1, from a start of
///   linf  N(0, 1) x EPS / 4 a sample, clipped to the ball: APBench's protocol (arXiv 2308.03258; 10 x 2/255 at 8/255)
///   l2    a uniformly random direction of length EPS / 4
/// The default of 4/255 is that of cuda (arXiv 2303.04278) and REM (arXiv 2203.14533); the step in L2 is ours.
BreakerInfo adversarial_linf_breaker();
BreakerInfo adversarial_l2_breaker();

enum class Norm { linf, l2 };

/// The batch's pictures changed by the attack. eps as a length in the norm, samples in 0..1. Leaves the network in
/// train(), and gradients of its weights as they were.
torch::Tensor attacked(Classifier& model, const Batch& batch, Norm norm, double eps, torch::Generator& random);

}  // namespace wardmark
