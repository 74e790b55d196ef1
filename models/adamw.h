#pragma once
#include <torch/torch.h>

#include <vector>

namespace wardmark {

/// Adam with decoupled weight decay (arXiv 1711.05101) on matrices, as torch.optim.AdamW computes it. On the processor
/// each parameter is gone through once. Not thread-safe.
class AdamW {
 public:
  struct Settings {
    double first = 0.9, second = 0.95;  ///< shares of the old mean and mean square
    double epsilon = 1e-8;
    double weight_decay = 0.1;
    double clip = 1;  ///< longest gradient over all parameters; a longer one is shortened
  };
  AdamW(std::vector<torch::Tensor> parameters, const Settings& settings);
  void clear();
  /// One step down, of all parameters that have a gradient.
  void step(double rate);
  /// For checkpoints; values may be copied in.
  std::vector<torch::Tensor>& means() { return means_; }
  std::vector<torch::Tensor>& squares() { return squares_; }
  std::int64_t& steps() { return steps_; }

 private:
  double shortening() const;

  std::vector<torch::Tensor> parameters_, means_, squares_;
  Settings settings_;
  std::int64_t steps_ = 0;
};

}  // namespace wardmark
