#include "evaluate/colour_change.h"

namespace wardmark {
namespace {

namespace functional = torch::nn::functional;

torch::Tensor mixed(const torch::Tensor& x, const torch::Tensor& plain, const torch::Tensor& factor) {
  const torch::Tensor f = factor.view({-1, 1, 1, 1});
  return (x * f + plain * (1 - f)).clamp_(0, 1);
}

}  // namespace

torch::Tensor luma_of(const torch::Tensor& x) {
  if (x.size(1) == 1) return x;
  const auto channel = [&x](std::int64_t c) { return x.narrow(1, c, 1); };
  return channel(0) * 0.2989 + channel(1) * 0.587 + channel(2) * 0.114;
}

torch::Tensor with_brightness(const torch::Tensor& x, const torch::Tensor& factor) {
  return (x * factor.view({-1, 1, 1, 1})).clamp_(0, 1);
}

torch::Tensor with_contrast(const torch::Tensor& x, const torch::Tensor& factor) {
  return mixed(x, luma_of(x).mean({1, 2, 3}, true), factor);
}

torch::Tensor with_saturation(const torch::Tensor& x, const torch::Tensor& factor) {
  return x.size(1) == 1 ? x : mixed(x, luma_of(x), factor);
}

torch::Tensor with_sharpness(const torch::Tensor& x, const torch::Tensor& factor) {
  if (x.size(2) < 3 || x.size(3) < 3) return x;
  torch::Tensor kernel = torch::ones({1, 1, 3, 3}, x.options());
  kernel.index_put_({0, 0, 1, 1}, 5.0);
  kernel = (kernel / 13).expand({x.size(1), 1, 3, 3});
  torch::Tensor smooth = x.clone();
  smooth.narrow(2, 1, x.size(2) - 2)
      .narrow(3, 1, x.size(3) - 2)
      .copy_(functional::conv2d(x, kernel, functional::Conv2dFuncOptions().groups(x.size(1))));
  return mixed(x, smooth, factor);
}

}  // namespace wardmark
