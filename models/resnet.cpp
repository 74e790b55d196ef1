#include <array>

#include "models/architectures.h"
#include "models/layers.h"

namespace wardmark {
namespace {

enum class BlockKind { basic, bottleneck };
constexpr int kExpansion = 4;  // of a bottleneck

// Two 3x3 convolutions, or 1x1, 3x3, 1x1 with the stride in the 3x3 (torchvision's "V1.5"), around a shortcut.
class Block : public torch::nn::Module {
 public:
  Block(BlockKind kind, int in, int planes, int stride) : bottleneck_(kind == BlockKind::bottleneck) {
    const int out = bottleneck_ ? planes * kExpansion : planes;
    conv1_ = register_module("conv1", bottleneck_ ? convolution(in, planes, 1) : convolution(in, planes, 3, stride));
    bn1_ = register_module("bn1", torch::nn::BatchNorm2d(planes));
    conv2_ = register_module("conv2", convolution(planes, planes, 3, bottleneck_ ? stride : 1));
    bn2_ = register_module("bn2", torch::nn::BatchNorm2d(planes));
    if (bottleneck_) {
      conv3_ = register_module("conv3", convolution(planes, out, 1));
      bn3_ = register_module("bn3", torch::nn::BatchNorm2d(out));
    }
    if (stride != 1 || in != out) {
      downsample_ = register_module(
          "downsample", torch::nn::Sequential(convolution(in, out, 1, stride), torch::nn::BatchNorm2d(out)));
    }
  }

  torch::Tensor forward(const torch::Tensor& x) {
    torch::Tensor y = rectified(bn1_->forward(conv1_->forward(x)));
    y = bn2_->forward(conv2_->forward(y));
    if (bottleneck_) y = bn3_->forward(conv3_->forward(rectified(y)));
    y += downsample_ ? downsample_->forward(x) : x;
    return rectified(y);
  }

 private:
  bool bottleneck_;
  torch::nn::Conv2d conv1_{nullptr}, conv2_{nullptr}, conv3_{nullptr};
  torch::nn::BatchNorm2d bn1_{nullptr}, bn2_{nullptr}, bn3_{nullptr};
  torch::nn::Sequential downsample_{nullptr};
};

class ResNet : public Network {
 public:
  ResNet(const NetworkShape& shape, BlockKind kind, const std::array<int, 4>& depths) : large_(!small_stem(shape)) {
    int in = scaled(64, shape.width);
    conv1_ =
        register_module("conv1", large_ ? convolution(shape.channels, in, 7, 2) : convolution(shape.channels, in, 3));
    bn1_ = register_module("bn1", torch::nn::BatchNorm2d(in));
    for (int stage = 0; stage < 4; ++stage) {
      const int planes = scaled(64 << stage, shape.width);
      torch::nn::ModuleList layer;
      for (int i = 0; i < depths[static_cast<std::size_t>(stage)]; ++i) {
        const auto block = std::make_shared<Block>(kind, in, planes, i == 0 && stage > 0 ? 2 : 1);
        layer->push_back(block);
        blocks_.push_back(block);
        in = kind == BlockKind::bottleneck ? planes * kExpansion : planes;
      }
      register_module("layer" + std::to_string(stage + 1), layer);
    }
    fc_ = register_module("fc", torch::nn::Linear(in, shape.classes));
    start_weights(*this, ConvolutionStart::fan_out, LinearStart::usual);
  }

  torch::Tensor features(const torch::Tensor& input) override {
    torch::Tensor x = rectified(bn1_->forward(conv1_->forward(input)));
    if (large_) x = torch::max_pool2d(x, 3, 2, 1);
    for (const auto& block : blocks_) x = block->forward(x);
    return averaged(x);
  }
  torch::Tensor head(const torch::Tensor& features) override { return fc_->forward(features); }
  torch::nn::Linear last_layer() override { return fc_; }

 private:
  bool large_;
  torch::nn::Conv2d conv1_{nullptr};
  torch::nn::BatchNorm2d bn1_{nullptr};
  std::vector<std::shared_ptr<Block>> blocks_;
  torch::nn::Linear fc_{nullptr};
};

}  // namespace

std::shared_ptr<Network> build_resnet18(const NetworkShape& shape) {
  return std::make_shared<ResNet>(shape, BlockKind::basic, std::array{2, 2, 2, 2});
}
std::shared_ptr<Network> build_resnet34(const NetworkShape& shape) {
  return std::make_shared<ResNet>(shape, BlockKind::basic, std::array{3, 4, 6, 3});
}
std::shared_ptr<Network> build_resnet50(const NetworkShape& shape) {
  return std::make_shared<ResNet>(shape, BlockKind::bottleneck, std::array{3, 4, 6, 3});
}

}  // namespace wardmark
