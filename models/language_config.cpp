#include "models/language_config.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

#include "core/error.h"

namespace wardmark {
namespace {

using nlohmann::json;

[[noreturn]] void refuse(const std::string& what) {
  throw Error(Code::model_format, "config.json: " + what,
              "checkpoints of the GPT-2 and Llama families are read; others are asked through a program: "
              "docs/suspect-protocol.md");
}

const json& member(const json& object, const char* key) {
  static const json none;
  const auto found = object.find(key);
  return found == object.end() ? none : *found;
}

std::int64_t size_in(const json& object, const char* key, std::int64_t most,
                     std::optional<std::int64_t> otherwise = {}) {
  const json& value = member(object, key);
  if (value.is_null() && otherwise) return *otherwise;
  if (!value.is_number_integer()) refuse(std::string(key) + " is no whole number");
  const auto size = value.get<std::int64_t>();
  if (size < 1 || size > most) refuse(std::string(key) + " is " + value.dump() + ", not 1 to " + std::to_string(most));
  return size;
}

double number_in(const json& object, const char* key, double otherwise) {
  const json& value = member(object, key);
  if (value.is_null()) return otherwise;
  if (!value.is_number()) refuse(std::string(key) + " is no number");
  const auto number = value.get<double>();
  if (!std::isfinite(number) || number <= 0 || number > 1e12) refuse(std::string(key) + " is " + value.dump());
  return number;
}

bool flag_in(const json& object, const char* key, bool otherwise) {
  const json& value = member(object, key);
  if (value.is_null()) return otherwise;
  if (!value.is_boolean()) refuse(std::string(key) + " is neither true nor false");
  return value.get<bool>();
}

std::string text_in(const json& object, const char* key, const char* otherwise) {
  const json& value = member(object, key);
  if (value.is_null()) return otherwise;
  if (!value.is_string()) refuse(std::string(key) + " is no text");
  return value.get<std::string>();
}

constexpr std::int64_t kMostWords = 1 << 22, kLongestContext = 1 << 24, kWidest = 1 << 17, kMostLayers = 1024,
                       kMostHeads = 1024, kWidestHead = 4096, kMostHidden = 1 << 19;

void read_ends(const json& object, LanguageConfig& config) {
  const auto id = [&](const json& value) {
    if (!value.is_number_integer() || value.get<std::int64_t>() < 0 || value.get<std::int64_t>() >= config.vocabulary)
      return -1;
    return value.get<std::int32_t>();
  };
  config.begin = id(member(object, "bos_token_id"));
  const json& ends = member(object, "eos_token_id");
  for (const json& end : ends.is_array() ? ends : json::array({ends})) {
    if (id(end) >= 0) config.ends.push_back(id(end));
  }
}

LanguageConfig read_gpt2(const json& object) {
  LanguageConfig config;
  config.family = "gpt2";
  config.vocabulary = size_in(object, "vocab_size", kMostWords, 50257);
  config.context = size_in(object, "n_positions", kLongestContext, 1024);
  config.width = size_in(object, "n_embd", kWidest, 768);
  config.layers = size_in(object, "n_layer", kMostLayers, 12);
  config.heads = size_in(object, "n_head", kMostHeads, 12);
  config.key_heads = config.heads;
  config.hidden = size_in(object, "n_inner", kMostHidden, std::min(4 * config.width, kMostHidden));
  if (config.width % config.heads != 0) refuse("n_embd is no multiple of n_head");
  config.head_width = config.width / config.heads;
  config.epsilon = number_in(object, "layer_norm_epsilon", 1e-5);
  config.tied = flag_in(object, "tie_word_embeddings", true);
  const std::string gelu = text_in(object, "activation_function", "gelu_new");
  if (gelu != "gelu_new" && gelu != "gelu" && gelu != "gelu_pytorch_tanh")
    refuse("activation_function is " + gelu.substr(0, 40));
  config.exact_gelu = gelu == "gelu";
  if (!flag_in(object, "scale_attn_weights", true) || flag_in(object, "scale_attn_by_inverse_layer_idx", false))
    refuse("attention is scaled in a way that is not built");
  if (flag_in(object, "add_cross_attention", false)) refuse("cross attention is not built");
  return config;
}

void read_rope(const json& object, LanguageConfig& config) {
  config.rope_base = number_in(object, "rope_theta", 10000);
  // transformers 5 moved all of it into one member.
  const json& newer = member(object, "rope_parameters");
  const json& scaling = newer.is_object() ? newer : member(object, "rope_scaling");
  if (scaling.is_null()) return;
  if (!scaling.is_object()) refuse("rope_scaling is no object");
  if (newer.is_object()) config.rope_base = number_in(newer, "rope_theta", config.rope_base);
  const std::string type = text_in(scaling, "rope_type", text_in(scaling, "type", "default").c_str());
  if (type == "default") return;
  if (type != "linear" && type != "llama3") refuse("rope_scaling of the type " + type.substr(0, 40) + " is not built");
  config.rope_scaling = type == "linear" ? RopeScaling::linear : RopeScaling::llama3;
  config.rope_factor = number_in(scaling, "factor", 1);
  if (type == "linear") return;
  config.rope_low = number_in(scaling, "low_freq_factor", 1);
  config.rope_high = number_in(scaling, "high_freq_factor", 4);
  config.rope_original = size_in(scaling, "original_max_position_embeddings", kLongestContext, 8192);
  if (config.rope_high <= config.rope_low) refuse("rope_scaling: high_freq_factor is not above low_freq_factor");
}

LanguageConfig read_llama(const json& object) {
  LanguageConfig config;
  config.family = "llama";
  config.vocabulary = size_in(object, "vocab_size", kMostWords, 32000);
  config.context = size_in(object, "max_position_embeddings", kLongestContext, 2048);
  config.width = size_in(object, "hidden_size", kWidest, 4096);
  config.layers = size_in(object, "num_hidden_layers", kMostLayers, 32);
  config.heads = size_in(object, "num_attention_heads", kMostHeads, 32);
  config.key_heads = size_in(object, "num_key_value_heads", kMostHeads, config.heads);
  config.hidden = size_in(object, "intermediate_size", kMostHidden, 11008);
  if (config.heads % config.key_heads != 0) refuse("num_attention_heads is no multiple of num_key_value_heads");
  if (member(object, "head_dim").is_null() && config.width % config.heads != 0)
    refuse("hidden_size is no multiple of num_attention_heads");
  config.head_width = size_in(object, "head_dim", kWidestHead, config.width / config.heads);
  if (config.head_width % 2 != 0) refuse("heads of " + std::to_string(config.head_width) + " numbers cannot be turned");
  config.epsilon = number_in(object, "rms_norm_eps", 1e-6);
  config.tied = flag_in(object, "tie_word_embeddings", false);
  config.attention_biases = flag_in(object, "attention_bias", false);
  config.perceptron_biases = flag_in(object, "mlp_bias", false);
  if (text_in(object, "hidden_act", "silu") != "silu") refuse("hidden_act is not silu");
  read_rope(object, config);
  return config;
}

}  // namespace

LanguageConfig parse_language_config(ByteView file) {
  const json object = json::parse(text_of(file), nullptr, false);
  if (!object.is_object()) refuse("no JSON object");
  const std::string type = text_in(object, "model_type", "");
  LanguageConfig config;
  if (type == "gpt2") {
    config = read_gpt2(object);
  } else if (type == "llama") {
    config = read_llama(object);
  } else {
    refuse("model_type is " + (type.empty() ? "missing" : type.substr(0, 40)) + ", neither gpt2 nor llama");
  }
  if (config.context < 2) refuse("a context of one token");
  read_ends(object, config);
  return config;
}

std::string write_language_config(const LanguageConfig& config) {
  json object = {{"architectures", {"GPT2LMHeadModel"}},
                 {"model_type", "gpt2"},
                 {"vocab_size", config.vocabulary},
                 {"n_positions", config.context},
                 {"n_ctx", config.context},
                 {"n_embd", config.width},
                 {"n_layer", config.layers},
                 {"n_head", config.heads},
                 {"n_inner", config.hidden},
                 {"layer_norm_epsilon", config.epsilon},
                 {"activation_function", config.exact_gelu ? "gelu" : "gelu_new"},
                 {"tie_word_embeddings", config.tied},
                 {"torch_dtype", "float32"}};
  if (config.begin >= 0) object["bos_token_id"] = config.begin;
  if (!config.ends.empty()) object["eos_token_id"] = config.ends.front();
  return object.dump(2) + "\n";
}

}  // namespace wardmark
