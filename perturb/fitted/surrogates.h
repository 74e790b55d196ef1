#pragma once
#include <torch/torch.h>

#include <cstdint>
#include <string>
#include <vector>

#include "models/checkpoint.h"
#include "models/device.h"
#include "models/sgd.h"
#include "models/training.h"

namespace wardmark {

struct PixelSet;

/// The networks that noise is fitted against, of width 0.25, each with momenta of its own. Weights come from the seed
/// alone. Not thread-safe; main thread (torch's default generator).
class Surrogates {
 public:
  /// Error(parameter) for an unknown name or pictures a network cannot take.
  Surrogates(const std::vector<std::string>& names, const PixelSet& pictures, std::uint64_t seed,
             const Compute& compute);

  std::size_t size() const { return members_.size(); }
  /// One step of each down on the batch's cross entropy, gradients no longer than 5 together. `place` makes dropout
  /// its own. Error(nan_loss).
  void teach(const Batch& batch, double rate, std::int64_t place);
  /// From here on only gradients by pictures are asked for (weights fixed, statistics of batch norms too), or steps
  /// again.
  void fix(bool fixed);
  /// Loss of network `which` on pictures x in 0..1, summed over them.
  torch::Tensor loss(std::size_t which, const torch::Tensor& x, const torch::Tensor& labels) const;
  /// Share of the networks that recognise each picture: (B), double, CPU.
  torch::Tensor recognised(const torch::Tensor& x, const torch::Tensor& labels) const;

  void keep(Checkpoint& checkpoint);
  /// Error(model_format) when parts are missing.
  void restore(const Checkpoint& checkpoint);

 private:
  struct Member {
    Classifier model;
    Sgd sgd;
  };
  std::vector<Member> members_;
  std::uint64_t seed_;
  const Compute& compute_;
};

}  // namespace wardmark
