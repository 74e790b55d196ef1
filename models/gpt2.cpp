#include "models/attention.h"

namespace wardmark {
namespace {

using torch::nn::Module;
using Start = WeightSource::Start;

class Norm : public Module {
 public:
  Norm(const std::string& name, const LanguageConfig& config, WeightSource& weights) : epsilon_(config.epsilon) {
    weight_ =
        register_parameter("weight", weights.take(name + ".weight", {config.width}, Start::ones), weights.fresh());
    bias_ = register_parameter("bias", weights.take(name + ".bias", {config.width}, Start::zeros), weights.fresh());
  }
  torch::Tensor forward(const torch::Tensor& x) const {
    return torch::layer_norm(x, weight_.sizes(), weight_, bias_, epsilon_);
  }

 private:
  torch::Tensor weight_, bias_;
  double epsilon_;
};

class Attention : public Module {
 public:
  Attention(const std::string& name, const LanguageConfig& config, WeightSource& weights)
      : heads_(config.heads), width_(config.head_width) {
    const std::int64_t all = config.heads * config.head_width;
    into_ = register_module("c_attn",
                            std::make_shared<Projection>(name + ".c_attn", config.width, 3 * all, true, true, weights));
    out_ = register_module("c_proj", std::make_shared<Projection>(name + ".c_proj", all, config.width, true, true,
                                                                  weights, Start::residual));
  }
  torch::Tensor forward(const torch::Tensor& x, const LanguageStep& step, std::size_t layer) const {
    const std::int64_t batch = step.tokens.size(0), rows = step.tokens.size(1);
    const auto parts = into_->forward(x).view({batch, rows, 3, heads_, width_}).permute({2, 0, 3, 1, 4}).unbind(0);
    const auto [keys, values] = remembered(step.cache, layer, parts[1], parts[2]);
    return out_->forward(attention(parts[0], keys, values, step.mask));
  }

 private:
  std::int64_t heads_, width_;
  std::shared_ptr<Projection> into_, out_;
};

class Perceptron : public Module {
 public:
  Perceptron(const std::string& name, const LanguageConfig& config, WeightSource& weights)
      : gelu_(config.exact_gelu ? "none" : "tanh") {
    into_ = register_module(
        "c_fc", std::make_shared<Projection>(name + ".c_fc", config.width, config.hidden, true, true, weights));
    out_ = register_module("c_proj", std::make_shared<Projection>(name + ".c_proj", config.hidden, config.width, true,
                                                                  true, weights, Start::residual));
  }
  torch::Tensor forward(const torch::Tensor& x) const { return out_->forward(torch::gelu(into_->forward(x), gelu_)); }

 private:
  const char* gelu_;
  std::shared_ptr<Projection> into_, out_;
};

class Block : public Module {
 public:
  Block(const std::string& name, const LanguageConfig& config, WeightSource& weights) {
    first_ = register_module("ln_1", std::make_shared<Norm>(name + ".ln_1", config, weights));
    attention_ = register_module("attn", std::make_shared<Attention>(name + ".attn", config, weights));
    second_ = register_module("ln_2", std::make_shared<Norm>(name + ".ln_2", config, weights));
    perceptron_ = register_module("mlp", std::make_shared<Perceptron>(name + ".mlp", config, weights));
  }
  torch::Tensor forward(const torch::Tensor& x, const LanguageStep& step, std::size_t layer) const {
    const torch::Tensor attended = x + attention_->forward(first_->forward(x), step, layer);
    return attended + perceptron_->forward(second_->forward(attended));
  }

 private:
  std::shared_ptr<Norm> first_, second_;
  std::shared_ptr<Attention> attention_;
  std::shared_ptr<Perceptron> perceptron_;
};

/// Radford et al. 2019: learned positions, norms before each part, one perceptron of GELU.
class Gpt2 final : public LanguageModel {
 public:
  Gpt2(const LanguageConfig& config, WeightSource& weights) : LanguageModel(config) {
    const auto embedding = [&](const char* name, std::int64_t rows) {
      const auto holder = register_module(name, std::make_shared<Module>());
      return holder->register_parameter("weight", weights.take(std::string(name) + ".weight", {rows, config.width}),
                                        weights.fresh());
    };
    words_ = embedding("wte", config.vocabulary);
    positions_ = embedding("wpe", config.context);
    const auto list = register_module("h", std::make_shared<Module>());
    for (std::int64_t layer = 0; layer < config.layers; ++layer) {
      const std::string number = std::to_string(layer);
      blocks_.push_back(list->register_module(number, std::make_shared<Block>("h." + number, config, weights)));
    }
    last_ = register_module("ln_f", std::make_shared<Norm>("ln_f", config, weights));
    head_ = config.tied ? words_ : embedding("lm_head", config.vocabulary);
  }

  torch::Tensor hidden(const LanguageStep& step) override {
    const torch::Tensor words = torch::embedding(words_, step.tokens) + torch::embedding(positions_, step.positions);
    torch::Tensor x = words.to(torch::kFloat).view({-1, config().width});
    for (std::size_t layer = 0; layer < blocks_.size(); ++layer) x = blocks_[layer]->forward(x, step, layer);
    if (step.cache != nullptr) step.cache->used += step.tokens.size(1);
    return last_->forward(x).view({step.tokens.size(0), step.tokens.size(1), config().width});
  }

 private:
  const torch::Tensor& head() const override { return head_; }

  torch::Tensor words_, positions_, head_;
  std::vector<std::shared_ptr<Block>> blocks_;
  std::shared_ptr<Norm> last_;
};

}  // namespace

std::shared_ptr<LanguageModel> build_gpt2(const LanguageConfig& config, WeightSource& weights) {
  return std::make_shared<Gpt2>(config, weights);
}

}  // namespace wardmark
