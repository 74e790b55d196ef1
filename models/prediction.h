#pragma once
#include <torch/torch.h>

#include "core/pixel_set.h"
#include "models/device.h"
#include "models/pictures.h"
#include "models/training.h"

namespace wardmark {

/// Logits (N, classes), float32, CPU, of a whole set in eval mode and without gradients; the network is left in the
/// mode it was in. Error(parameter) when the channels do not fit the model's. Cost: a third of a training epoch.
torch::Tensor predict(const Classifier& model, const PixelSet& set, const Compute& compute);
/// The same for pictures `index` (int64) of a set that is already laid out.
torch::Tensor predict(const Classifier& model, const Pictures& pictures, const torch::Tensor& index,
                      const Compute& compute);

/// How well classes are told apart.
struct HitRates {
  double accuracy = 0;  ///< share of pictures
  double balanced = 0;  ///< mean over the classes that occur of the share within the class
};
/// Of logits (N, classes) and labels (N); NaN for no picture. Ties go to the lowest class.
HitRates hit_rates(const torch::Tensor& logits, const torch::Tensor& labels);

}  // namespace wardmark
