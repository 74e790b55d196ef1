#pragma once
#include <torch/torch.h>

namespace wardmark {

/// Mean cross entropy of hidden states (N, width) through a head (vocabulary, width) against targets (N), int64, and
/// its gradients, made together: logits exist for a few rows at a time only, which stay in the processor's caches.
/// Products in bf16 where `bf16`. A scalar to call backward() on.
torch::Tensor head_loss(const torch::Tensor& hidden, const torch::Tensor& head, const torch::Tensor& targets,
                        bool bf16);

}  // namespace wardmark
