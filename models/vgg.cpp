#include <initializer_list>

#include "models/architectures.h"
#include "models/layers.h"

namespace wardmark {
namespace {

constexpr int kPool = 0;  // in a plan: halve the size; any other number: a convolution with that many channels

// Stages of convolutions between poolings. The published head, three linear layers behind a 7x7 pooling, is built for
// large pictures; small ones get one linear layer behind an average, as is usual on CIFAR.
class Vgg : public Network {
 public:
  Vgg(const NetworkShape& shape, std::initializer_list<int> plan) : large_(!small_stem(shape)) {
    int in = shape.channels;
    for (const int planned : plan) {
      if (planned == kPool) {
        // Sides that are no multiple of 32 (28 px) would otherwise be pooled away to nothing.
        layers_->push_back(torch::nn::MaxPool2d(torch::nn::MaxPool2dOptions(2).ceil_mode(!large_)));
        continue;
      }
      const int out = scaled(planned, shape.width);
      layers_->push_back(torch::nn::Conv2d(torch::nn::Conv2dOptions(in, out, 3).padding(1)));
      layers_->push_back(torch::nn::BatchNorm2d(out));
      layers_->push_back(torch::nn::ReLU(torch::nn::ReLUOptions(true)));
      in = out;
    }
    register_module("features", layers_);
    if (large_) {
      const int hidden = scaled(4096, shape.width);
      first_ = torch::nn::Linear(in * kGrid * kGrid, hidden);
      second_ = torch::nn::Linear(hidden, hidden);
      last_ = torch::nn::Linear(hidden, shape.classes);
      const auto classifier = register_module("classifier", std::make_shared<torch::nn::Module>());
      classifier->register_module("0", first_);
      classifier->register_module("3", second_);
      classifier->register_module("6", last_);
    } else {
      last_ = register_module("classifier", torch::nn::Linear(in, shape.classes));
    }
    start_weights(*this, ConvolutionStart::fan_out, LinearStart::small);
  }

  torch::Tensor features(const torch::Tensor& input) override {
    const torch::Tensor x = layers_->forward(input);
    if (!large_) return averaged(x);
    torch::Tensor y = torch::adaptive_avg_pool2d(x, {kGrid, kGrid}).flatten(1);
    y = torch::dropout(rectified(first_->forward(y)), 0.5, is_training());
    return torch::dropout(rectified(second_->forward(y)), 0.5, is_training());
  }
  torch::Tensor head(const torch::Tensor& features) override { return last_->forward(features); }
  torch::nn::Linear last_layer() override { return last_; }

 private:
  static constexpr int kGrid = 7;
  bool large_;
  torch::nn::Sequential layers_;
  torch::nn::Linear first_{nullptr}, second_{nullptr}, last_{nullptr};
};

}  // namespace

std::shared_ptr<Network> build_vgg11_bn(const NetworkShape& shape) {
  return std::make_shared<Vgg>(
      shape, std::initializer_list<int>{64, kPool, 128, kPool, 256, 256, kPool, 512, 512, kPool, 512, 512, kPool});
}
std::shared_ptr<Network> build_vgg16_bn(const NetworkShape& shape) {
  return std::make_shared<Vgg>(shape, std::initializer_list<int>{64, 64, kPool, 128, 128, kPool, 256, 256, 256, kPool,
                                                                 512, 512, 512, kPool, 512, 512, 512, kPool});
}

}  // namespace wardmark
