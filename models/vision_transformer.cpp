#include <cmath>
#include <numbers>

#include "models/architectures.h"
#include "models/layers.h"

namespace wardmark {
namespace {

constexpr int kHeads = 3;
constexpr int kDepth = 12;
constexpr int kHeadWidth = 64;
constexpr double kEpsilon = 1e-6;  // of the layer norms

torch::nn::LayerNorm layer_norm(int width) {
  return torch::nn::LayerNorm(torch::nn::LayerNormOptions({width}).eps(kEpsilon));
}

// Normal numbers cut off at +-2 (not at two deviations), by inversion.
void truncated_normal(torch::Tensor weight, double deviation) {
  const double bound = std::erf(2 / deviation / std::numbers::sqrt2);
  weight.uniform_(-bound, bound).erfinv_().mul_(deviation * std::numbers::sqrt2).clamp_(-2, 2);
}

// Self-attention with the parameter names of torch's MultiheadAttention.
class Attention : public torch::nn::Module {
 public:
  explicit Attention(int width) {
    in_weight_ = register_parameter("in_proj_weight", torch::empty({3 * width, width}));
    in_bias_ = register_parameter("in_proj_bias", torch::zeros({3 * width}));
    out_ = register_module("out_proj", torch::nn::Linear(width, width));
    const torch::NoGradGuard no_grad;
    torch::nn::init::xavier_uniform_(in_weight_);
    out_->bias.zero_();
  }
  torch::Tensor forward(const torch::Tensor& x) {  // (B, tokens, width)
    const auto batch = x.size(0), tokens = x.size(1), width = x.size(2);
    const torch::Tensor all = torch::linear(x, in_weight_, in_bias_)
                                  .view({batch, tokens, 3, kHeads, width / kHeads})
                                  .permute({2, 0, 3, 1, 4});
    const torch::Tensor query = all[0] / std::sqrt(static_cast<double>(width / kHeads));
    const torch::Tensor weights = torch::softmax(torch::matmul(query, all[1].transpose(-2, -1)), -1);
    const torch::Tensor mixed = torch::matmul(weights, all[2].to(weights.scalar_type()));
    return out_->forward(mixed.transpose(1, 2).reshape({batch, tokens, width}));
  }

 private:
  torch::Tensor in_weight_, in_bias_;
  torch::nn::Linear out_{nullptr};
};

class EncoderLayer : public torch::nn::Module {
 public:
  EncoderLayer(int width, int hidden) {
    ln_1_ = register_module("ln_1", layer_norm(width));
    attention_ = register_module("self_attention", std::make_shared<Attention>(width));
    ln_2_ = register_module("ln_2", layer_norm(width));
    const auto mlp = register_module("mlp", std::make_shared<torch::nn::Module>());
    widen_ = mlp->register_module("0", torch::nn::Linear(width, hidden));
    narrow_ = mlp->register_module("3", torch::nn::Linear(hidden, width));
    const torch::NoGradGuard no_grad;
    for (const auto& linear : {widen_, narrow_}) {
      torch::nn::init::xavier_uniform_(linear->weight);
      torch::nn::init::normal_(linear->bias, 0, 1e-6);
    }
  }
  torch::Tensor forward(const torch::Tensor& input) {
    const torch::Tensor x = input + attention_->forward(ln_1_->forward(input));
    return x + narrow_->forward(torch::gelu(widen_->forward(ln_2_->forward(x))));
  }

 private:
  torch::nn::LayerNorm ln_1_{nullptr}, ln_2_{nullptr};
  std::shared_ptr<Attention> attention_;
  torch::nn::Linear widen_{nullptr}, narrow_{nullptr};
};

class VisionTransformer : public Network {
 public:
  explicit VisionTransformer(const NetworkShape& shape) {
    patch_ = small_stem(shape) ? 4 : 16;
    grid_ = (shape.side + patch_ - 1) / patch_;
    // A multiple of the number of heads whatever the multiplier.
    const int width = kHeads * scaled(kHeadWidth, shape.width);
    class_token_ = register_parameter("class_token", torch::zeros({1, 1, width}));
    projection_ = register_module(
        "conv_proj", torch::nn::Conv2d(torch::nn::Conv2dOptions(shape.channels, width, patch_).stride(patch_)));
    const auto encoder = register_module("encoder", std::make_shared<torch::nn::Module>());
    positions_ = encoder->register_parameter("pos_embedding", torch::randn({1, grid_ * grid_ + 1, width}) * 0.02);
    const auto layers = encoder->register_module("layers", std::make_shared<torch::nn::Module>());
    for (int i = 0; i < kDepth; ++i) {
      layers_.push_back(layers->register_module("encoder_layer_" + std::to_string(i),
                                                std::make_shared<EncoderLayer>(width, 4 * width)));
    }
    ln_ = encoder->register_module("ln", layer_norm(width));
    const auto heads = register_module("heads", std::make_shared<torch::nn::Module>());
    head_ = heads->register_module("head", torch::nn::Linear(width, shape.classes));
    const torch::NoGradGuard no_grad;
    truncated_normal(projection_->weight, std::sqrt(1.0 / (shape.channels * patch_ * patch_)));
    projection_->bias.zero_();
    head_->weight.zero_();
    head_->bias.zero_();
  }

  torch::Tensor features(const torch::Tensor& input) override {
    const auto patches = [this](std::int64_t side) { return (side + patch_ - 1) / patch_; };
    const std::int64_t rows = patches(input.size(2)), columns = patches(input.size(3));
    torch::Tensor x = input;
    // Sides that are no multiple of the patch: zeros (the mean) on the right and below, so that no pixel is lost.
    if (rows * patch_ != x.size(2) || columns * patch_ != x.size(3))
      x = torch::constant_pad_nd(x, {0, columns * patch_ - x.size(3), 0, rows * patch_ - x.size(2)});
    x = projection_->forward(x).flatten(2).transpose(1, 2);
    x = torch::cat({class_token_.expand({x.size(0), -1, -1}).to(x.scalar_type()), x}, 1) + positions(rows, columns);
    for (const auto& layer : layers_) x = layer->forward(x);
    return ln_->forward(x).select(1, 0);
  }
  torch::Tensor head(const torch::Tensor& features) override { return head_->forward(features); }
  torch::nn::Linear last_layer() override { return head_; }

 private:
  // The learned positions, resampled where the pictures are not of the side the network was built for.
  torch::Tensor positions(std::int64_t rows, std::int64_t columns) const {
    if (rows == grid_ && columns == grid_) return positions_;
    const torch::Tensor grid = positions_.slice(1, 1).transpose(1, 2).reshape({1, -1, grid_, grid_});
    const auto how = torch::nn::functional::InterpolateFuncOptions()
                         .size(std::vector<std::int64_t>{rows, columns})
                         .mode(torch::kBilinear)
                         .align_corners(false);
    const torch::Tensor resampled = torch::nn::functional::interpolate(grid, how).flatten(2).transpose(1, 2);
    return torch::cat({positions_.slice(1, 0, 1), resampled}, 1);
  }

  int patch_;
  int grid_;
  torch::Tensor class_token_, positions_;
  torch::nn::Conv2d projection_{nullptr};
  std::vector<std::shared_ptr<EncoderLayer>> layers_;
  torch::nn::LayerNorm ln_{nullptr};
  torch::nn::Linear head_{nullptr};
};

}  // namespace

std::shared_ptr<Network> build_vit_tiny(const NetworkShape& shape) {
  return std::make_shared<VisionTransformer>(shape);
}

}  // namespace wardmark
