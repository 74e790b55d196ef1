#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include "core/error.h"
#include "models/language_model.h"

namespace wardmark {
namespace {

using nlohmann::json;

constexpr auto kFamilies = std::to_array<LanguageFamily>({
    {"gpt2", "learned positions, layer norm, GELU", "Radford et al. 2019", "transformer.", build_gpt2},
    {"llama", "rotary positions, root mean square norm, SwiGLU, shared keys", "arXiv 2302.13971", "model.",
     build_llama},
});

constexpr auto kOneFile = "model.safetensors";
constexpr auto kIndex = "model.safetensors.index.json";

/// Names of the files that hold the tensors.
std::set<std::string> weight_files(const ModelFolder& folder) {
  if (!folder.has(kIndex)) {
    if (!folder.has(kOneFile)) {
      throw Error(Code::model_format, folder.name + ": neither " + kOneFile + " nor " + kIndex,
                  "other formats of weights are converted with Hugging Face's save_pretrained()");
    }
    return {kOneFile};
  }
  const json index = json::parse(text_of(folder.read(kIndex)), nullptr, false);
  const auto map = index.is_object() ? index.find("weight_map") : index.end();
  if (!index.is_object() || map == index.end() || !map->is_object())
    throw Error(Code::model_format, folder.name + ": " + kIndex + " has no weight_map");
  std::set<std::string> files;
  for (const json& file : *map) {
    if (!file.is_string() || !folder.has(file.get<std::string>()))
      throw Error(Code::model_format,
                  folder.name + ": " + kIndex + " names a file that is not there: " + file.dump().substr(0, 80));
    files.insert(file.get<std::string>());
  }
  return files;
}

}  // namespace

std::span<const LanguageFamily> language_families() { return kFamilies; }

const LanguageFamily& find_language_family(std::string_view name) {
  const auto found = std::ranges::find(kFamilies, name, &LanguageFamily::name);
  if (found == kFamilies.end()) throw Error(Code::parameter, "unknown family of language models: " + std::string(name));
  return *found;
}

torch::Tensor LanguageModel::logits(const torch::Tensor& hidden) {
  const torch::Tensor rows = hidden.reshape({-1, config_.width}).to(head().scalar_type());
  std::vector<std::int64_t> shape = hidden.sizes().vec();
  shape.back() = config_.vocabulary;
  return rows.mm(head().t()).to(torch::kFloat).view(shape);
}

torch::Tensor causal_mask(std::int64_t tokens, torch::Device device) {
  return torch::full({tokens, tokens}, -std::numeric_limits<float>::infinity(), torch::device(device)).triu(1);
}

torch::Tensor language_logits(LanguageModel& model, const torch::Tensor& tokens) {
  LanguageStep step;
  step.tokens = tokens;
  step.positions = torch::arange(tokens.size(1), tokens.options());
  step.mask = causal_mask(tokens.size(1), tokens.device());
  return model.logits(model.hidden(step));
}

std::shared_ptr<LanguageModel> load_language_model(const ModelFolder& folder, const Compute& compute) {
  if (!folder.has("config.json")) {
    throw Error(Code::model_format, folder.name + ": no config.json",
                "a language model is a folder of Hugging Face's transformers, or a .bin of llama2.c");
  }
  LanguageConfig config = parse_language_config(folder.read("config.json"));
  const LanguageFamily& family = find_language_family(config.family);
  TensorMap tensors;
  for (const std::string& file : weight_files(folder)) {
    for (auto& [name, tensor] : read_safetensors(folder.read(file)).tensors) tensors[name] = std::move(tensor);
  }
  WeightSource weights(std::move(tensors), std::string(family.prefix), compute);
  // Some checkpoints say that the head is the embedding, and others have it twice.
  if (!config.tied && !weights.has("lm_head.weight")) {
    throw Error(Code::model_format, folder.name + ": no lm_head.weight, and tie_word_embeddings is not true");
  }
  const auto model = family.build(config, weights);
  model->eval();
  return model;
}

std::shared_ptr<LanguageModel> load_llama2c(ByteView file, const Compute& compute) {
  const Llama2cFile described = parse_llama2c(file);
  TensorMap tensors;
  for (const Llama2cTensor& entry : described.tensors) {
    const torch::Tensor tensor = torch::empty(entry.shape);
    std::memcpy(tensor.data_ptr(), file.data() + entry.begin, entry.end - entry.begin);
    tensors[entry.name] = tensor;
  }
  WeightSource weights(std::move(tensors), "model.", compute);
  const auto model = build_llama(described.config, weights);
  model->eval();
  return model;
}

}  // namespace wardmark
