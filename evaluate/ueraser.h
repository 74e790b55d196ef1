#pragma once
#include "evaluate/breaker.h"

namespace wardmark {

/// ueraser-lite, ueraser-max: heavy random changes of brightness and colour, of crop and flip after those. Every
/// picture:
///   plasma brightness   probability 0.5: + intensity x (2 map - 1), intensity U(0.5, 1), clipped
///   plasma contrast     probability 0.5: (x - 0.5) x 4 map + 0.5, clipped
///   channel shuffle     probability 0.5
///   TrivialAugment      wide
/// with a plasma map (roughness U(0.3, 0.7)) for every channel. lite: one draw. max: five draws in every epoch, and the
/// network learns from the draw of the largest loss for each picture.
/// UEraser (arXiv 2303.15127; its authors train 200 epochs). To save memory and two thirds of the time, max finds the
/// worst draws without gradients, in train() as published, and then takes the step on those pictures: same gradient but
/// for batch normalisation, which sees the worst draws alone.
BreakerInfo ueraser_lite_breaker();
BreakerInfo ueraser_max_breaker();

/// One draw for every picture of (B, C, H, W) in 0..1.
torch::Tensor ueraser_draw(const torch::Tensor& x, torch::Generator& random);

/// For each picture the one of `draws` whose loss is the largest under the model as it is: pictures like batch.x.
torch::Tensor worst_of_draws(Classifier& model, const Batch& batch, int draws, torch::Generator& random);

}  // namespace wardmark
