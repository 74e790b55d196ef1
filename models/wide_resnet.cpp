#include "models/architectures.h"
#include "models/layers.h"

namespace wardmark {
namespace {

// Batch norm and ReLU before each convolution; the shortcut of a changed shape starts behind the first of them.
class WideBlock : public torch::nn::Module {
 public:
  WideBlock(int in, int out, int stride) {
    bn1_ = register_module("bn1", torch::nn::BatchNorm2d(in));
    conv1_ = register_module("conv1", convolution(in, out, 3, stride));
    bn2_ = register_module("bn2", torch::nn::BatchNorm2d(out));
    conv2_ = register_module("conv2", convolution(out, out, 3));
    if (stride != 1 || in != out) downsample_ = register_module("downsample", convolution(in, out, 1, stride));
  }
  torch::Tensor forward(const torch::Tensor& x) {
    const torch::Tensor first = rectified(bn1_->forward(x));
    const torch::Tensor second = rectified(bn2_->forward(conv1_->forward(first)));
    return conv2_->forward(second) + (downsample_ ? downsample_->forward(first) : x);
  }

 private:
  torch::nn::BatchNorm2d bn1_{nullptr}, bn2_{nullptr};
  torch::nn::Conv2d conv1_{nullptr}, conv2_{nullptr}, downsample_{nullptr};
};

// Not among torchvision's networks; the names follow its ResNet: conv1, layer1..3.N, bn, fc.
class WideResNet : public Network {
 public:
  WideResNet(const NetworkShape& shape, int blocks, int widening) : large_(!small_stem(shape)) {
    int in = scaled(16, shape.width);
    conv1_ =
        register_module("conv1", large_ ? convolution(shape.channels, in, 7, 2) : convolution(shape.channels, in, 3));
    for (int stage = 0; stage < 3; ++stage) {
      const int out = scaled((16 << stage) * widening, shape.width);
      torch::nn::ModuleList layer;
      for (int i = 0; i < blocks; ++i) {
        blocks_.push_back(std::make_shared<WideBlock>(in, out, i == 0 && stage > 0 ? 2 : 1));
        layer->push_back(blocks_.back());
        in = out;
      }
      register_module("layer" + std::to_string(stage + 1), layer);
    }
    bn_ = register_module("bn", torch::nn::BatchNorm2d(in));
    fc_ = register_module("fc", torch::nn::Linear(in, shape.classes));
    start_weights(*this, ConvolutionStart::fan_out, LinearStart::zero_bias);
  }

  torch::Tensor features(const torch::Tensor& input) override {
    torch::Tensor x = conv1_->forward(input);
    if (large_) x = torch::max_pool2d(x, 3, 2, 1);
    for (const auto& block : blocks_) x = block->forward(x);
    return averaged(rectified(bn_->forward(x)));
  }
  torch::Tensor head(const torch::Tensor& features) override { return fc_->forward(features); }
  torch::nn::Linear last_layer() override { return fc_; }

 private:
  bool large_;
  torch::nn::Conv2d conv1_{nullptr};
  std::vector<std::shared_ptr<WideBlock>> blocks_;
  torch::nn::BatchNorm2d bn_{nullptr};
  torch::nn::Linear fc_{nullptr};
};

}  // namespace

std::shared_ptr<Network> build_wide_resnet28_10(const NetworkShape& shape) {
  return std::make_shared<WideResNet>(shape, 4, 10);
}

}  // namespace wardmark
