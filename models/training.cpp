#include "models/training.h"

namespace wardmark {

torch::Tensor batch_loss(const torch::Tensor& logits, const Batch& batch, bool each) {
  using torch::nn::functional::cross_entropy;
  const auto options = torch::nn::functional::CrossEntropyFuncOptions();
  const torch::Tensor scores = logits.to(torch::kFloat);  // logarithms of bf16 logits would be coarse
  if (each) {
    return cross_entropy(scores, batch.soft.defined() ? batch.soft : batch.y,
                         torch::nn::functional::CrossEntropyFuncOptions(options).reduction(torch::kNone));
  }
  return cross_entropy(scores, batch.soft.defined() ? batch.soft : batch.y, options);
}

}  // namespace wardmark
