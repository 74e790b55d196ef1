#pragma once
#include <torch/torch.h>

#include <cstdint>
#include <functional>

#include "models/network.h"

namespace wardmark {

/// One batch on its way into a network.
struct Batch {
  torch::Tensor x;          ///< (B, C, H, W), float32, 0..1, not normalised; cropped and flipped already
  torch::Tensor y;          ///< (B), int64
  torch::Tensor soft;       ///< (B, classes), float32: targets of mixed pictures; undefined: `y` counts
  std::int64_t epoch = 0;   ///< from 0
  std::int64_t epochs = 0;  ///< of the whole run
};

/// A network with the normalisation of its training set: x -> network((x - mean) / std).
struct Classifier {
  std::shared_ptr<Network> network;
  torch::Tensor mean;  ///< (1, C, 1, 1)
  torch::Tensor std;   ///< (1, C, 1, 1)
  /// Logits of pictures in 0..1.
  torch::Tensor operator()(const torch::Tensor& x) const { return network->forward((x - mean) / std); }
};

/// What a counter-measure may put into each training step. Both are called on the training thread, with the
/// generator of the step, seeded from (seed, epoch, step): the only source of randomness they may use.
struct TrainHooks {
  /// Changes the pictures, and the targets where it mixes; the shape of x may change (a filter without padding).
  std::function<void(Batch& batch, torch::Generator& random)> augment;
  /// The loss to go down on, instead of the cross entropy of the batch (a scalar). It calls batch_loss() on pictures of
  /// its own making. It may switch the network to eval() for an attack, and must leave it in train().
  std::function<torch::Tensor(Classifier& model, const Batch& batch, torch::Generator& random)> loss;
};

/// Cross entropy, with soft targets where the batch has them. Scalar, or (B) with `each`.
torch::Tensor batch_loss(const torch::Tensor& logits, const Batch& batch, bool each = false);

}  // namespace wardmark
