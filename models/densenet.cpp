#include <array>

#include "models/architectures.h"
#include "models/layers.h"

namespace wardmark {
namespace {

constexpr int kBottleneck = 4;  // channels of the 1x1 convolution in growths

class DenseLayer : public torch::nn::Module {
 public:
  DenseLayer(int in, int growth) {
    norm1_ = register_module("norm1", torch::nn::BatchNorm2d(in));
    conv1_ = register_module("conv1", convolution(in, kBottleneck * growth, 1));
    norm2_ = register_module("norm2", torch::nn::BatchNorm2d(kBottleneck * growth));
    conv2_ = register_module("conv2", convolution(kBottleneck * growth, growth, 3));
  }
  torch::Tensor forward(const torch::Tensor& x) {
    const torch::Tensor y = conv1_->forward(rectified(norm1_->forward(x)));
    return conv2_->forward(rectified(norm2_->forward(y)));
  }

 private:
  torch::nn::BatchNorm2d norm1_{nullptr}, norm2_{nullptr};
  torch::nn::Conv2d conv1_{nullptr}, conv2_{nullptr};
};

// Layers that see all that came before them, then a halving of channels and size (absent behind the last block).
struct Stage {
  std::vector<std::shared_ptr<DenseLayer>> layers;
  torch::nn::BatchNorm2d norm{nullptr};
  torch::nn::Conv2d conv{nullptr};

  torch::Tensor forward(const torch::Tensor& input) {
    std::vector<torch::Tensor> parts = {input};
    for (const auto& layer : layers) parts.push_back(layer->forward(torch::cat(parts, 1)));
    const torch::Tensor x = torch::cat(parts, 1);
    return conv ? torch::avg_pool2d(conv->forward(rectified(norm->forward(x))), 2) : x;
  }
};

class DenseNet : public Network {
 public:
  DenseNet(const NetworkShape& shape, const std::array<int, 4>& depths) : large_(!small_stem(shape)) {
    const int growth = scaled(32, shape.width);
    int in = scaled(64, shape.width);
    const auto layers = register_module("features", std::make_shared<torch::nn::Module>());
    conv0_ = layers->register_module(
        "conv0", large_ ? convolution(shape.channels, in, 7, 2) : convolution(shape.channels, in, 3));
    norm0_ = layers->register_module("norm0", torch::nn::BatchNorm2d(in));
    for (std::size_t i = 0; i < depths.size(); ++i) {
      const std::string number = std::to_string(i + 1);
      Stage& stage = stages_.emplace_back();
      const auto block = layers->register_module("denseblock" + number, std::make_shared<torch::nn::Module>());
      for (int j = 0; j < depths[i]; ++j) {
        stage.layers.push_back(
            block->register_module("denselayer" + std::to_string(j + 1), std::make_shared<DenseLayer>(in, growth)));
        in += growth;
      }
      if (i + 1 == depths.size()) break;
      const auto transition = layers->register_module("transition" + number, std::make_shared<torch::nn::Module>());
      stage.norm = transition->register_module("norm", torch::nn::BatchNorm2d(in));
      stage.conv = transition->register_module("conv", convolution(in, in / 2, 1));
      in /= 2;
    }
    norm5_ = layers->register_module("norm5", torch::nn::BatchNorm2d(in));
    classifier_ = register_module("classifier", torch::nn::Linear(in, shape.classes));
    start_weights(*this, ConvolutionStart::fan_in, LinearStart::zero_bias);
  }

  torch::Tensor features(const torch::Tensor& input) override {
    torch::Tensor x = rectified(norm0_->forward(conv0_->forward(input)));
    if (large_) x = torch::max_pool2d(x, 3, 2, 1);
    for (Stage& stage : stages_) x = stage.forward(x);
    return averaged(rectified(norm5_->forward(x)));
  }
  torch::Tensor head(const torch::Tensor& features) override { return classifier_->forward(features); }
  torch::nn::Linear last_layer() override { return classifier_; }

 private:
  bool large_;
  torch::nn::Conv2d conv0_{nullptr};
  torch::nn::BatchNorm2d norm0_{nullptr}, norm5_{nullptr};
  std::vector<Stage> stages_;
  torch::nn::Linear classifier_{nullptr};
};

}  // namespace

std::shared_ptr<Network> build_densenet121(const NetworkShape& shape) {
  return std::make_shared<DenseNet>(shape, std::array{6, 12, 24, 16});
}

}  // namespace wardmark
