#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "models/device.h"
#include "models/safetensors.h"

namespace wardmark {

/// Where the tensors of a language model come from, one by one: a checkpoint, or a seed. A checkpoint's claims cost
/// nothing before a tensor of that shape is there.
class WeightSource {
 public:
  /// How fresh tensors start (Radford et al. 2019): N(0, 0.02), that divided by the root of twice the layers, 0, or 1.
  enum class Start { normal, residual, zeros, ones };

  /// Of a checkpoint. `prefix` ("model.") may stand before its names.
  WeightSource(TensorMap tensors, std::string prefix, const Compute& compute);
  /// Fresh ones, float32, drawn in the order in which they are taken.
  WeightSource(std::uint64_t seed, std::int64_t layers, const Compute& compute);

  bool has(const std::string& name) const;
  /// float32, or bf16 of matrices where `compute` says so, on its device. Error(model_format) where the checkpoint has
  /// none, of another shape, or of a type that holds no real numbers.
  torch::Tensor take(const std::string& name, const std::vector<std::int64_t>& shape, Start start = Start::normal);
  /// True when tensors are to be trained.
  bool fresh() const { return generator_.has_value(); }

 private:
  TensorMap tensors_;
  std::string prefix_;
  Compute compute_;
  std::optional<torch::Generator> generator_;
  std::int64_t layers_ = 1;
};

}  // namespace wardmark
