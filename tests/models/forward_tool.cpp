// models-forward ARCHITECTURE WEIGHTS CASE: how far our network is from the logits that another program computed.
// CASE is a safetensors file with "input" and "logits"; its metadata "names" lists the state in order. Prints the
// largest difference; exit status 1 with a line on stderr when names or weights do not fit.
#include <fstream>
#include <iostream>
#include <iterator>

#include "models/network_state.h"

namespace {

wardmark::Bytes read_file(const char* path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

int run(const char* architecture, const char* weights, const char* test_case) {
  using namespace wardmark;
  const TensorFile expected = read_safetensors(read_file(test_case));
  const torch::Tensor& input = expected.tensors.at("input");
  const torch::Tensor& logits = expected.tensors.at("logits");
  NetworkShape shape;
  shape.channels = static_cast<int>(input.size(1));
  shape.side = static_cast<int>(input.size(2));
  shape.classes = static_cast<int>(logits.size(1));
  const auto network = build_network(find_network(architecture), shape);
  std::string names;
  for (const auto& [name, tensor] : state_of(*network)) names += name + "\n";
  if (names != expected.metadata.at("names")) {
    std::cerr << architecture << ": other names, or in another order:\n" << names;
    return 1;
  }
  load_state(*network, read_safetensors(read_file(weights)).tensors);
  use_channels_last(*network);
  network->eval();
  const torch::NoGradGuard no_grad;
  std::cout << (network->forward(input) - logits).abs().max().item<double>() << "\n";
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  try {
    return run(argv[1], argv[2], argv[3]);
  } catch (const std::exception& error) {
    std::cerr << argv[1] << ": " << error.what() << "\n";
    return 1;
  }
}
