#include "models/network_state.h"

#include <sstream>

namespace wardmark {
namespace {

// What does not fit, for the text of an error.
class Faults {
 public:
  explicit Faults(std::string what) : what_(std::move(what)) {}
  void add(const std::string& name) {
    if (++count_ <= kListed) names_ += (names_.empty() ? " " : ", ") + name;
  }
  std::string text() const {
    if (count_ == 0) return {};
    return "; " + what_ + ":" + names_ + (count_ > kListed ? " and " + std::to_string(count_ - kListed) + " more" : "");
  }

 private:
  static constexpr std::size_t kListed = 10;
  std::string what_;
  std::string names_;
  std::size_t count_ = 0;
};

std::string shape_text(const torch::Tensor& tensor) {
  std::ostringstream text;
  text << tensor.sizes();
  return text.str();
}

}  // namespace

NamedTensors state_of(const Network& network) {
  NamedTensors state;
  for (const auto& module : network.named_modules()) {
    const std::string prefix = module.key().empty() ? "" : module.key() + ".";
    for (const auto& item : module.value()->named_parameters(/*recurse=*/false))
      state.emplace_back(prefix + item.key(), item.value().detach());
    for (const auto& item : module.value()->named_buffers(/*recurse=*/false))
      state.emplace_back(prefix + item.key(), item.value().detach());
  }
  return state;
}

TensorMap copied_state(const Network& network) {
  TensorMap copy;
  for (const auto& [name, tensor] : state_of(network))
    copy.emplace(name, tensor.to(torch::kCPU, tensor.scalar_type(), /*non_blocking=*/false, /*copy=*/true));
  return copy;
}

void load_state(Network& network, const TensorMap& state) {
  const torch::NoGradGuard no_grad;
  const NamedTensors own = state_of(network);
  Faults missing("missing"), foreign("not part of the network"), shapes("of another shape");
  std::size_t found = 0;
  for (const auto& [name, tensor] : own) {
    const auto given = state.find(name);
    if (given == state.end()) {
      if (!name.ends_with("num_batches_tracked")) missing.add(name);
      continue;
    }
    ++found;
    if (given->second.sizes() != tensor.sizes())
      shapes.add(name + " (" + shape_text(given->second) + " for " + shape_text(tensor) + ")");
  }
  if (found != state.size()) {
    TensorMap names(own.begin(), own.end());
    for (const auto& [name, tensor] : state) {
      if (!names.contains(name)) foreign.add(name);
    }
  }
  const std::string faults = missing.text() + foreign.text() + shapes.text();
  if (!faults.empty()) {
    throw Error(Code::model_format, "the weights do not fit the network" + faults,
                "they are of another architecture, width, number of classes or size of pictures");
  }
  for (const auto& [name, tensor] : own) {
    if (const auto given = state.find(name); given != state.end()) tensor.copy_(given->second);
  }
}

void use_channels_last(Network& network) {
  for (torch::Tensor& parameter : network.parameters()) {
    if (parameter.dim() == 4) parameter.set_data(parameter.data().contiguous(torch::MemoryFormat::ChannelsLast));
  }
}

}  // namespace wardmark
