#include "models/layers.h"

#include <algorithm>
#include <cmath>

namespace wardmark {

int scaled(int channels, double width) {
  if (width == 1.0) return channels;
  return std::max(8, static_cast<int>(std::lround(channels * width / 8)) * 8);
}

torch::nn::Conv2d convolution(int in, int out, int kernel, int stride, int groups) {
  return torch::nn::Conv2d(
      torch::nn::Conv2dOptions(in, out, kernel).stride(stride).padding(kernel / 2).groups(groups).bias(false));
}

torch::Tensor averaged(const torch::Tensor& x) { return torch::adaptive_avg_pool2d(x, {1, 1}).flatten(1); }

void start_weights(torch::nn::Module& network, ConvolutionStart convolutions, LinearStart linears) {
  const torch::NoGradGuard no_grad;
  for (const auto& module : network.modules(/*include_self=*/false)) {
    if (auto* conv = module->as<torch::nn::Conv2d>()) {
      if (convolutions == ConvolutionStart::fan_out) {
        torch::nn::init::kaiming_normal_(conv->weight, 0.0, torch::kFanOut, torch::kReLU);
      } else {
        torch::nn::init::kaiming_normal_(conv->weight, 0.0, torch::kFanIn, torch::kReLU);
      }
      if (conv->bias.defined()) conv->bias.zero_();
    } else if (auto* norm = module->as<torch::nn::BatchNorm2d>()) {
      norm->weight.fill_(1);
      norm->bias.zero_();
    } else if (auto* linear = module->as<torch::nn::Linear>()) {
      if (linears == LinearStart::usual) continue;
      if (linears == LinearStart::small) linear->weight.normal_(0, 0.01);
      linear->bias.zero_();
    }
  }
}

}  // namespace wardmark
