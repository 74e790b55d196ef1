#include "models/architectures.h"
#include "models/layers.h"

namespace wardmark {
namespace {

// Six convolutions in three stages. Names: conv1, bn1, ..., conv6, bn6, fc.
class SmallCnn : public Network {
 public:
  explicit SmallCnn(const NetworkShape& shape) : large_(!small_stem(shape)) {
    int in = shape.channels;
    for (int i = 0; i < kLayers; ++i) {
      const int out = scaled(64 << (i / 2), shape.width);
      const int stride = i == 0 && large_ ? 2 : 1;
      const std::string number = std::to_string(i + 1);
      convolutions_.push_back(register_module("conv" + number, convolution(in, out, 3, stride)));
      norms_.push_back(register_module("bn" + number, torch::nn::BatchNorm2d(out)));
      in = out;
    }
    fc_ = register_module("fc", torch::nn::Linear(in, shape.classes));
    start_weights(*this, ConvolutionStart::fan_out, LinearStart::usual);
  }

  torch::Tensor features(const torch::Tensor& input) override {
    torch::Tensor x = input;
    for (std::size_t i = 0; i < kLayers; ++i) {
      x = rectified(norms_[i]->forward(convolutions_[i]->forward(x)));
      if (i == 1 || i == 3 || (i == 0 && large_)) x = torch::max_pool2d(x, 2);
    }
    return averaged(x);
  }
  torch::Tensor head(const torch::Tensor& features) override { return fc_->forward(features); }
  torch::nn::Linear last_layer() override { return fc_; }

 private:
  static constexpr int kLayers = 6;
  bool large_;
  std::vector<torch::nn::Conv2d> convolutions_;
  std::vector<torch::nn::BatchNorm2d> norms_;
  torch::nn::Linear fc_{nullptr};
};

}  // namespace

std::shared_ptr<Network> build_small_cnn(const NetworkShape& shape) { return std::make_shared<SmallCnn>(shape); }

}  // namespace wardmark
