#pragma once
#include <torch/torch.h>

#include <string>
#include <utility>
#include <vector>

#include "models/network.h"
#include "models/safetensors.h"

namespace wardmark {

using NamedTensors = std::vector<std::pair<std::string, torch::Tensor>>;

/// Every parameter and buffer by name, in the order of torchvision's state_dict(). The tensors share memory with the
/// network and carry no gradients.
NamedTensors state_of(const Network& network);
/// A copy of the same on the CPU, for files and for keeping the best epoch.
TensorMap copied_state(const Network& network);
/// Copies the values into the network. Error(model_format) that lists, up to ten of each, what is missing, foreign or
/// of another shape; then nothing was copied. Counters of batch norms (num_batches_tracked) may be missing: published
/// weights of before 2018 have none.
void load_state(Network& network, const TensorMap& state);
/// Lays out the weights of convolutions channels-last, which the fast kernels want. Values stay.
void use_channels_last(Network& network);

}  // namespace wardmark
