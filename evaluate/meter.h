#pragma once
#include <torch/torch.h>

#include <cstdint>

#include "core/pixel_set.h"
#include "models/device.h"

namespace wardmark {

/// What the learnability meter says of features with labels.
struct Learnability {
  torch::Tensor own;        ///< (N), float32: posterior of a picture's own class, given all other pictures
  torch::Tensor predicted;  ///< (N), int64: class of the largest posterior
  double mean_own = 0;
  double accuracy = 0;     ///< share with predicted == label
  double bayes_error = 0;  ///< mean of 1 - largest posterior: the estimate of BEO
};

/// Leave-one-out kernel posterior (BEO, arXiv 2511.08191): features z / max|z|, the weight of another picture is
/// exp(-d^2 / (2 x 0.3^2)), the posterior of a class its share of all weights. As matrix products in blocks of rows:
/// memory of 512 x N floats beside the features, time N^2 x F. Weights are taken relative to the nearest picture's,
/// which leaves posteriors as they are and keeps far pictures from 0 / 0. features: (N, F), float32, N >= 2; labels:
/// (N), int64, 0..classes-1. Error(parameter) for values that are not finite.
Learnability learnability(const torch::Tensor& features, const torch::Tensor& labels, std::int64_t classes);

/// What `train` teaches of `test`: share of test pictures for which the kernel posterior over the training pictures, as
/// above, is largest at their own class. Features of both in one space, (N, F) and (M, F); scaled together. Time
/// N x M x F. Errors as above.
double transfer_accuracy(const torch::Tensor& train, const torch::Tensor& train_labels, const torch::Tensor& test,
                         const torch::Tensor& test_labels, std::int64_t classes);

/// Features (N, F), float32, of pictures under a small network that was never trained, its weights drawn from a fixed
/// seed: the same for every set of a shape. Brightness and contrast of each picture are evened out first.
torch::Tensor meter_features(const PixelSet& set, const Compute& compute);

}  // namespace wardmark
