#pragma once
#include "models/language_model.h"

/// What the families of language models share.
namespace wardmark {

/// A matrix with or without bias that a WeightSource gave.
class Projection : public torch::nn::Module {
 public:
  /// `turned`: stored as (in, out), as GPT-2's are; else (out, in).
  Projection(const std::string& name, std::int64_t in, std::int64_t out, bool bias, bool turned, WeightSource& weights,
             WeightSource::Start start = WeightSource::Start::normal);
  /// (N, out) of (N, in).
  torch::Tensor forward(const torch::Tensor& x) const;

 private:
  torch::Tensor weight_, bias_;
  bool turned_;
};

/// Queries (B, heads, T, W) against keys and values (B, key heads, S, W) -> (B * T, heads * W).
torch::Tensor attention(const torch::Tensor& queries, const torch::Tensor& keys, const torch::Tensor& values,
                        const torch::Tensor& mask);
/// What was there with what comes, or `fresh` itself without a cache. `layer` of `layers`.
struct KeysAndValues {
  torch::Tensor keys, values;
};
KeysAndValues remembered(KeyValueCache* cache, std::size_t layer, const torch::Tensor& keys,
                         const torch::Tensor& values);

}  // namespace wardmark
