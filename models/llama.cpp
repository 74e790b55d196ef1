#include <cmath>

#include "models/attention.h"

namespace wardmark {
namespace {

using torch::nn::Module;
using Start = WeightSource::Start;

/// x / sqrt(mean(x^2) + epsilon) * weight (arXiv 1910.07467).
class RootNorm : public Module {
 public:
  RootNorm(const std::string& name, const LanguageConfig& config, WeightSource& weights) : epsilon_(config.epsilon) {
    weight_ =
        register_parameter("weight", weights.take(name + ".weight", {config.width}, Start::ones), weights.fresh());
  }
  torch::Tensor forward(const torch::Tensor& x) const {
    return x * torch::rsqrt(x.square().mean(-1, true) + epsilon_) * weight_;
  }

 private:
  torch::Tensor weight_;
  double epsilon_;
};

/// Turns a position makes of each pair of numbers of a head, in radians (arXiv 2104.09864), (head width / 2).
torch::Tensor rope_frequencies(const LanguageConfig& config) {
  std::vector<double> frequencies;
  for (std::int64_t i = 0; i < config.head_width; i += 2) {
    double f = std::pow(config.rope_base, -static_cast<double>(i) / static_cast<double>(config.head_width));
    if (config.rope_scaling == RopeScaling::linear) f /= config.rope_factor;
    if (config.rope_scaling == RopeScaling::llama3) {
      // Slow turns are stretched, fast ones kept, those between by a ramp over the turns in the original context.
      const double turns = static_cast<double>(config.rope_original) * f / (2 * M_PI);
      const double ramp = std::clamp((turns - config.rope_low) / (config.rope_high - config.rope_low), 0.0, 1.0);
      f = (1 - ramp) * f / config.rope_factor + ramp * f;
    }
    frequencies.push_back(f);
  }
  return torch::tensor(frequencies, torch::kDouble);
}

/// Cosines and sines of positions, to be broadcast over (B, heads, T, head width / 2).
struct Turns {
  torch::Tensor cosines, sines;
};
Turns turns_at(const torch::Tensor& positions, const torch::Tensor& frequencies) {
  torch::Tensor angles = positions.to(torch::kDouble).unsqueeze(-1) * frequencies;
  if (positions.dim() == 2) angles = angles.unsqueeze(1);
  return {angles.cos().to(torch::kFloat), angles.sin().to(torch::kFloat)};
}

torch::Tensor turned(const torch::Tensor& x, const Turns& turns, bool interleaved) {
  const torch::Tensor numbers = x.to(torch::kFloat);
  const auto parts = interleaved ? numbers.unflatten(-1, {-1, 2}).unbind(-1) : numbers.chunk(2, -1);
  const torch::Tensor a = parts[0] * turns.cosines - parts[1] * turns.sines;
  const torch::Tensor b = parts[1] * turns.cosines + parts[0] * turns.sines;
  return (interleaved ? torch::stack({a, b}, -1).flatten(-2) : torch::cat({a, b}, -1)).to(x.scalar_type());
}

class Attention : public Module {
 public:
  Attention(const std::string& name, const LanguageConfig& config, WeightSource& weights) : config_(config) {
    const auto projection = [&](const char* part, std::int64_t in, std::int64_t out, Start start = Start::normal) {
      return register_module(part, std::make_shared<Projection>(name + "." + part, in, out, config.attention_biases,
                                                                false, weights, start));
    };
    const std::int64_t all = config.heads * config.head_width, shared = config.key_heads * config.head_width;
    queries_ = projection("q_proj", config.width, all);
    keys_ = projection("k_proj", config.width, shared);
    values_ = projection("v_proj", config.width, shared);
    out_ = projection("o_proj", all, config.width, Start::residual);
  }
  torch::Tensor forward(const torch::Tensor& x, const LanguageStep& step, const Turns& turns, std::size_t layer) const {
    const auto heads = [&](const Projection& projection, std::int64_t count) {
      return projection.forward(x)
          .view({step.tokens.size(0), step.tokens.size(1), count, config_.head_width})
          .transpose(1, 2);
    };
    const bool interleaved = config_.rope_interleaved;
    const torch::Tensor q = turned(heads(*queries_, config_.heads), turns, interleaved);
    const torch::Tensor k = turned(heads(*keys_, config_.key_heads), turns, interleaved);
    const auto [keys, values] = remembered(step.cache, layer, k, heads(*values_, config_.key_heads));
    return out_->forward(attention(q, keys, values, step.mask));
  }

 private:
  LanguageConfig config_;
  std::shared_ptr<Projection> queries_, keys_, values_, out_;
};

/// down(silu(gate(x)) * up(x)) (arXiv 2002.05202).
class Perceptron : public Module {
 public:
  Perceptron(const std::string& name, const LanguageConfig& config, WeightSource& weights) {
    const auto projection = [&](const char* part, std::int64_t in, std::int64_t out, Start start = Start::normal) {
      return register_module(part, std::make_shared<Projection>(name + "." + part, in, out, config.perceptron_biases,
                                                                false, weights, start));
    };
    gate_ = projection("gate_proj", config.width, config.hidden);
    up_ = projection("up_proj", config.width, config.hidden);
    down_ = projection("down_proj", config.hidden, config.width, Start::residual);
  }
  torch::Tensor forward(const torch::Tensor& x) const {
    return down_->forward(torch::silu(gate_->forward(x)) * up_->forward(x));
  }

 private:
  std::shared_ptr<Projection> gate_, up_, down_;
};

class Block : public Module {
 public:
  Block(const std::string& name, const LanguageConfig& config, WeightSource& weights) {
    first_ = register_module("input_layernorm", std::make_shared<RootNorm>(name + ".input_layernorm", config, weights));
    attention_ = register_module("self_attn", std::make_shared<Attention>(name + ".self_attn", config, weights));
    second_ = register_module("post_attention_layernorm",
                              std::make_shared<RootNorm>(name + ".post_attention_layernorm", config, weights));
    perceptron_ = register_module("mlp", std::make_shared<Perceptron>(name + ".mlp", config, weights));
  }
  torch::Tensor forward(const torch::Tensor& x, const LanguageStep& step, const Turns& turns, std::size_t layer) const {
    const torch::Tensor attended = x + attention_->forward(first_->forward(x), step, turns, layer);
    return attended + perceptron_->forward(second_->forward(attended));
  }

 private:
  std::shared_ptr<RootNorm> first_, second_;
  std::shared_ptr<Attention> attention_;
  std::shared_ptr<Perceptron> perceptron_;
};

/// arXiv 2302.13971, with the shared keys of arXiv 2305.13245.
class Llama final : public LanguageModel {
 public:
  Llama(const LanguageConfig& config, WeightSource& weights)
      : LanguageModel(config), frequencies_(rope_frequencies(config)) {
    const auto matrix = [&](const char* name) {
      const auto holder = register_module(name, std::make_shared<Module>());
      return holder->register_parameter(
          "weight", weights.take(std::string(name) + ".weight", {config.vocabulary, config.width}), weights.fresh());
    };
    words_ = matrix("embed_tokens");
    frequencies_ = frequencies_.to(words_.device());
    const auto list = register_module("layers", std::make_shared<Module>());
    for (std::int64_t layer = 0; layer < config.layers; ++layer) {
      const std::string number = std::to_string(layer);
      blocks_.push_back(list->register_module(number, std::make_shared<Block>("layers." + number, config, weights)));
    }
    last_ = register_module("norm", std::make_shared<RootNorm>("norm", config, weights));
    head_ = config.tied ? words_ : matrix("lm_head");
  }

  torch::Tensor hidden(const LanguageStep& step) override {
    const Turns turns = turns_at(step.positions, frequencies_);
    torch::Tensor x = torch::embedding(words_, step.tokens).to(torch::kFloat).view({-1, config().width});
    for (std::size_t layer = 0; layer < blocks_.size(); ++layer) x = blocks_[layer]->forward(x, step, turns, layer);
    if (step.cache != nullptr) step.cache->used += step.tokens.size(1);
    return last_->forward(x).view({step.tokens.size(0), step.tokens.size(1), config().width});
  }

 private:
  const torch::Tensor& head() const override { return head_; }

  torch::Tensor frequencies_, words_, head_;
  std::vector<std::shared_ptr<Block>> blocks_;
  std::shared_ptr<RootNorm> last_;
};

}  // namespace

std::shared_ptr<LanguageModel> build_llama(const LanguageConfig& config, WeightSource& weights) {
  return std::make_shared<Llama>(config, weights);
}

}  // namespace wardmark
