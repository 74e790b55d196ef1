#pragma once
#include <torch/torch.h>

#include <vector>

namespace wardmark {

/// Stochastic gradient descent with Nesterov momentum and weight decay on every parameter, as torch.optim.SGD computes
/// it; all parameters in one call, which counts on a GPU. Not thread-safe.
class Sgd {
 public:
  Sgd(std::vector<torch::Tensor> parameters, double momentum, double weight_decay);
  /// Forgets the gradients; backward() makes new ones.
  void clear();
  /// One step down. Parameters without a gradient stay, with their momentum.
  void step(double rate);
  /// The momentum of each parameter, for checkpoints; values may be copied in.
  std::vector<torch::Tensor>& momenta() { return momenta_; }

 private:
  std::vector<torch::Tensor> parameters_;
  std::vector<torch::Tensor> momenta_;
  double momentum_;
  double weight_decay_;
};

}  // namespace wardmark
