#pragma once
#include <torch/torch.h>

#include "models/training.h"

namespace wardmark {

/// The targets of a batch as shares of classes, (B, classes), float32: its soft ones, or 1 for the class of each.
torch::Tensor soft_targets(const Batch& batch, std::int64_t classes);

}  // namespace wardmark
