#include <array>
#include <cstring>

#include "core/error.h"
#include "models/language_config.h"

namespace wardmark {
namespace {

[[noreturn]] void refuse(const std::string& what) {
  throw Error(Code::model_format, "llama2.c: " + what,
              "a model.bin of llama2.c in its first layout is needed (export.py --version 0)");
}

constexpr std::size_t kHeaderBytes = 7 * 4;
/// "ak42": the later layouts begin with it.
constexpr std::uint32_t kLaterLayouts = 0x616b3432;

/// Hands out the file from front to back.
class Layout {
 public:
  explicit Layout(std::uint64_t file_bytes) : left_(file_bytes - kHeaderBytes) {}
  void add(std::string name, std::vector<std::int64_t> shape) {
    const std::uint64_t begin = at_;
    skip(shape);
    tensors_.push_back({std::move(name), std::move(shape), begin, at_});
  }
  void skip(const std::vector<std::int64_t>& shape) {
    std::uint64_t bytes = sizeof(float);
    for (const std::int64_t size : shape) {
      if (__builtin_mul_overflow(bytes, static_cast<std::uint64_t>(size), &bytes)) refuse("the sizes overflow");
    }
    if (bytes > left_) refuse("the file is shorter than its sizes claim");
    left_ -= bytes;
    at_ += bytes;
  }
  std::uint64_t left() const { return left_; }
  std::vector<Llama2cTensor>& tensors() { return tensors_; }

 private:
  std::uint64_t at_ = kHeaderBytes, left_;
  std::vector<Llama2cTensor> tensors_;
};

}  // namespace

Llama2cFile parse_llama2c(ByteView file) {
  if (file.size() < kHeaderBytes) refuse("shorter than its header");
  std::array<std::int32_t, 7> head{};
  std::memcpy(head.data(), file.data(), kHeaderBytes);
  if (static_cast<std::uint32_t>(head[0]) == kLaterLayouts) refuse("a later layout, which is not read");
  const auto within = [](std::int32_t value, std::int32_t most, const char* what) -> std::int64_t {
    if (value < 1 || value > most) refuse(std::string(what) + " is " + std::to_string(value));
    return value;
  };
  Llama2cFile read;
  LanguageConfig& config = read.config;
  config.family = "llama";
  config.width = within(head[0], 1 << 17, "dim");
  config.hidden = within(head[1], 1 << 19, "hidden_dim");
  config.layers = within(head[2], 1024, "n_layers");
  config.heads = within(head[3], 1024, "n_heads");
  config.key_heads = within(head[4], 1024, "n_kv_heads");
  // A negative vocabulary says that the head is not the embedding.
  config.tied = head[5] > 0;
  config.vocabulary = within(config.tied ? head[5] : -std::max(head[5], -INT32_MAX), 1 << 22, "vocab_size");
  config.context = within(head[6], 1 << 24, "seq_len");
  if (config.width % config.heads != 0 || config.heads % config.key_heads != 0)
    refuse("heads that do not divide the width");
  config.head_width = config.width / config.heads;
  if (config.head_width % 2 != 0 || config.context < 2) refuse("heads of an odd width, or a context of one token");
  config.epsilon = 1e-5;
  config.attention_biases = config.perceptron_biases = false;
  config.rope_interleaved = true;
  config.begin = 1;
  config.ends = {1, 2};

  Layout layout(file.size());
  const std::int64_t keys = config.key_heads * config.head_width;
  layout.add("embed_tokens.weight", {config.vocabulary, config.width});
  const auto each_layer = [&](const char* part, const std::vector<std::int64_t>& shape) {
    for (std::int64_t layer = 0; layer < config.layers; ++layer)
      layout.add("layers." + std::to_string(layer) + "." + part + ".weight", shape);
  };
  each_layer("input_layernorm", {config.width});
  each_layer("self_attn.q_proj", {config.width, config.width});
  each_layer("self_attn.k_proj", {keys, config.width});
  each_layer("self_attn.v_proj", {keys, config.width});
  each_layer("self_attn.o_proj", {config.width, config.width});
  each_layer("post_attention_layernorm", {config.width});
  each_layer("mlp.gate_proj", {config.hidden, config.width});
  each_layer("mlp.down_proj", {config.width, config.hidden});
  each_layer("mlp.up_proj", {config.hidden, config.width});
  layout.add("norm.weight", {config.width});
  layout.skip({config.context, config.head_width});  // cosines and sines, which are computed here
  if (!config.tied) layout.add("lm_head.weight", {config.vocabulary, config.width});
  if (layout.left() != 0) refuse(std::to_string(layout.left()) + " bytes at the end belong to no tensor");
  read.tensors = std::move(layout.tensors());
  return read;
}

}  // namespace wardmark
