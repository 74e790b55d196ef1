#pragma once
#include <torch/torch.h>

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "models/device.h"
#include "models/language_config.h"
#include "models/model_folder.h"
#include "models/weight_source.h"

namespace wardmark {

/// Keys and values of what a batch has read so far.
struct KeyValueCache {
  std::int64_t capacity = 0;                ///< tokens a row, at most
  std::int64_t used = 0;                    ///< tokens a row
  std::vector<torch::Tensor> keys, values;  ///< a layer each: (B, key heads, capacity, head width)
};

/// One pass through a model.
struct LanguageStep {
  torch::Tensor tokens;            ///< (B, T), int64, below the vocabulary
  torch::Tensor positions;         ///< (T) or (B, T), int64, below the context
  torch::Tensor mask;              ///< float32, 0 or -inf, to be broadcast to (B, heads, T, used + T)
  KeyValueCache* cache = nullptr;  ///< what came before, and where these are added
};

/// A transformer that predicts the next token. Parameters carry Hugging Face's names without their first word. Not
/// thread-safe.
class LanguageModel : public torch::nn::Module {
 public:
  explicit LanguageModel(LanguageConfig config) : config_(std::move(config)) {}
  const LanguageConfig& config() const { return config_; }
  /// (B, T, width), float32, behind the last norm. Moves the cache on.
  virtual torch::Tensor hidden(const LanguageStep& step) = 0;
  /// (..., vocabulary), float32, of (..., width).
  torch::Tensor logits(const torch::Tensor& hidden);
  /// The matrix of the head, (vocabulary, width).
  const torch::Tensor& head_weight() const { return head(); }

 protected:
  virtual const torch::Tensor& head() const = 0;

 private:
  LanguageConfig config_;
};

/// Logits (B, T, vocabulary) of whole rows (B, T) without a cache.
torch::Tensor language_logits(LanguageModel& model, const torch::Tensor& tokens);
/// (T, T): 0 at and below the diagonal, -inf above.
torch::Tensor causal_mask(std::int64_t tokens, torch::Device device);

/// One family of models.
struct LanguageFamily {
  std::string_view name;     ///< model_type in config.json
  std::string_view summary;  ///< one line
  std::string_view source;   ///< paper
  std::string_view prefix;   ///< before the names of tensors in checkpoints
  std::shared_ptr<LanguageModel> (*build)(const LanguageConfig& config, WeightSource& weights);
};
/// The only list of them.
std::span<const LanguageFamily> language_families();
/// Error(parameter) for a name that is not there.
const LanguageFamily& find_language_family(std::string_view name);

std::shared_ptr<LanguageModel> build_gpt2(const LanguageConfig& config, WeightSource& weights);
std::shared_ptr<LanguageModel> build_llama(const LanguageConfig& config, WeightSource& weights);

/// The model in a folder of Hugging Face: config.json, and model.safetensors or its shards by
/// model.safetensors.index.json. Nothing in it is trusted: Error(model_format). Memory: the model, and one shard.
std::shared_ptr<LanguageModel> load_language_model(const ModelFolder& folder, const Compute& compute);
/// The model in a model.bin of llama2.c; Error(model_format).
std::shared_ptr<LanguageModel> load_llama2c(ByteView file, const Compute& compute);

}  // namespace wardmark
