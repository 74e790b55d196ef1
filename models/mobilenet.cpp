#include <array>

#include "models/architectures.h"
#include "models/layers.h"

namespace wardmark {
namespace {

torch::Tensor clipped(const torch::Tensor& x) { return x.clamp_(0, 6); }

// Convolution "0", batch norm "1", ReLU6.
class ConvolutionUnit : public torch::nn::Module {
 public:
  ConvolutionUnit(int in, int out, int kernel, int stride, int groups) {
    conv_ = register_module("0", convolution(in, out, kernel, stride, groups));
    norm_ = register_module("1", torch::nn::BatchNorm2d(out));
  }
  torch::Tensor forward(const torch::Tensor& x) { return clipped(norm_->forward(conv_->forward(x))); }

 private:
  torch::nn::Conv2d conv_{nullptr};
  torch::nn::BatchNorm2d norm_{nullptr};
};

// Widen by 1x1, filter each channel by itself, narrow by 1x1 without a nonlinearity.
class InvertedResidual : public torch::nn::Module {
 public:
  InvertedResidual(int in, int out, int stride, int expansion) : shortcut_(stride == 1 && in == out) {
    const int hidden = in * expansion;
    torch::nn::ModuleList parts;
    if (expansion != 1) units_.push_back(std::make_shared<ConvolutionUnit>(in, hidden, 1, 1, 1));
    units_.push_back(std::make_shared<ConvolutionUnit>(hidden, hidden, 3, stride, hidden));
    for (const auto& unit : units_) parts->push_back(unit);
    narrow_ = convolution(hidden, out, 1);
    norm_ = torch::nn::BatchNorm2d(out);
    parts->push_back(narrow_);
    parts->push_back(norm_);
    register_module("conv", parts);
  }
  torch::Tensor forward(const torch::Tensor& x) {
    torch::Tensor y = x;
    for (const auto& unit : units_) y = unit->forward(y);
    y = norm_->forward(narrow_->forward(y));
    return shortcut_ ? x + y : y;
  }

 private:
  bool shortcut_;
  std::vector<std::shared_ptr<ConvolutionUnit>> units_;
  torch::nn::Conv2d narrow_{nullptr};
  torch::nn::BatchNorm2d norm_{nullptr};
};

struct StagePlan {
  int expansion, channels, blocks, stride;
};
constexpr std::array<StagePlan, 7> kStages = {
    {{1, 16, 1, 1}, {6, 24, 2, 2}, {6, 32, 3, 2}, {6, 64, 4, 2}, {6, 96, 3, 1}, {6, 160, 3, 2}, {6, 320, 1, 1}}};

// Small pictures are not halved by the first convolution and the first stage that would.
class MobileNetV2 : public Network {
 public:
  explicit MobileNetV2(const NetworkShape& shape) {
    const bool large = !small_stem(shape);
    int in = scaled(32, shape.width);
    torch::nn::ModuleList layers;
    stem_ = std::make_shared<ConvolutionUnit>(shape.channels, in, 3, large ? 2 : 1, 1);
    layers->push_back(stem_);
    for (const StagePlan& stage : kStages) {
      const int out = scaled(stage.channels, shape.width);
      const int stride = !large && stage.channels == 24 ? 1 : stage.stride;
      for (int i = 0; i < stage.blocks; ++i) {
        blocks_.push_back(std::make_shared<InvertedResidual>(in, out, i == 0 ? stride : 1, stage.expansion));
        layers->push_back(blocks_.back());
        in = out;
      }
    }
    const int last = scaled(1280, shape.width);
    top_ = std::make_shared<ConvolutionUnit>(in, last, 1, 1, 1);
    layers->push_back(top_);
    register_module("features", layers);
    const auto classifier = register_module("classifier", std::make_shared<torch::nn::Module>());
    linear_ = classifier->register_module("1", torch::nn::Linear(last, shape.classes));
    start_weights(*this, ConvolutionStart::fan_out, LinearStart::small);
  }

  torch::Tensor features(const torch::Tensor& input) override {
    torch::Tensor x = stem_->forward(input);
    for (const auto& block : blocks_) x = block->forward(x);
    return torch::dropout(averaged(top_->forward(x)), 0.2, is_training());
  }
  torch::Tensor head(const torch::Tensor& features) override { return linear_->forward(features); }
  torch::nn::Linear last_layer() override { return linear_; }

 private:
  std::shared_ptr<ConvolutionUnit> stem_, top_;
  std::vector<std::shared_ptr<InvertedResidual>> blocks_;
  torch::nn::Linear linear_{nullptr};
};

}  // namespace

std::shared_ptr<Network> build_mobilenet_v2(const NetworkShape& shape) { return std::make_shared<MobileNetV2>(shape); }

}  // namespace wardmark
