// models-language FOLDER CASE [bf16]: how far our logits are from those that another program computed. CASE is a
// safetensors file with "input" (B, T) and "logits" (B, T, V). Prints the largest difference; exit status 1 with a line
// on stderr when the model is refused.
#include <iostream>

#include "core/error.h"
#include "model_folder_of.h"
#include "models/language_model.h"

namespace {

int run(const char* path, const char* test_case, bool bf16) {
  using namespace wardmark;
  std::ifstream stream(test_case, std::ios::binary);
  const Bytes bytes{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  const TensorFile expected = read_safetensors(bytes);
  Compute compute;
  compute.bf16 = bf16;
  const auto model = load_language_model(testing::folder_at(path), compute);
  const torch::NoGradGuard no_grad;
  const torch::Tensor logits = language_logits(*model, expected.tensors.at("input"));
  std::cout << (logits - expected.tensors.at("logits")).abs().max().item<double>() << "\n";
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  try {
    return run(argv[1], argv[2], argc > 3 && std::string(argv[3]) == "bf16");
  } catch (const std::exception& error) {
    std::cerr << argv[1] << ": " << error.what() << "\n";
    return 1;
  }
}
