#include "models/training_state.h"

#include <string>

#include "models/network_state.h"

namespace wardmark {
namespace {

/// The tensors whose names begin with the prefix, without it.
TensorMap named(const TensorMap& all, std::string_view prefix) {
  TensorMap own;
  for (const auto& [name, tensor] : all) {
    if (name.starts_with(prefix)) own.emplace(name.substr(prefix.size()), tensor);
  }
  return own;
}

}  // namespace

void keep_training(Checkpoint& checkpoint, const Network& network, Sgd& sgd, std::string_view prefix) {
  const std::string before(prefix);
  for (const auto& [name, tensor] : state_of(network)) checkpoint.network[before + name] = tensor;
  const auto parameters = network.named_parameters();
  for (std::size_t i = 0; i < parameters.size(); ++i)
    checkpoint.momenta[before + parameters[i].key()] = sgd.momenta()[i];
}

void restore_training(const Checkpoint& checkpoint, Network& network, Sgd& sgd, std::string_view prefix) {
  const torch::NoGradGuard no_gradients;
  load_state(network, named(checkpoint.network, prefix));
  const TensorMap momenta = named(checkpoint.momenta, prefix);
  const auto parameters = network.named_parameters();
  bool fits = momenta.size() == parameters.size();
  for (std::size_t i = 0; fits && i < parameters.size(); ++i) {
    const auto found = momenta.find(parameters[i].key());
    fits = found != momenta.end() && found->second.sizes() == sgd.momenta()[i].sizes();
    if (fits) sgd.momenta()[i].copy_(found->second);
  }
  if (!fits)
    throw Error(Code::model_format, "checkpoint: parts are missing", "remove the file to train from the start");
}

}  // namespace wardmark
