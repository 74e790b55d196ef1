#include "models/sgd.h"

namespace wardmark {

Sgd::Sgd(std::vector<torch::Tensor> parameters, double momentum, double weight_decay)
    : parameters_(std::move(parameters)), momentum_(momentum), weight_decay_(weight_decay) {
  for (const torch::Tensor& parameter : parameters_) momenta_.push_back(torch::zeros_like(parameter.detach()));
}

void Sgd::clear() {
  for (torch::Tensor& parameter : parameters_) parameter.mutable_grad().reset();
}

void Sgd::step(double rate) {
  const torch::NoGradGuard no_grad;
  std::vector<torch::Tensor> values, gradients, momenta;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    if (!parameters_[i].grad().defined()) continue;
    values.push_back(parameters_[i]);
    gradients.push_back(parameters_[i].grad());
    momenta.push_back(momenta_[i]);
  }
  if (values.empty()) return;
  // v = m v + (g + w p);  p -= rate (g + w p + m v)
  at::_foreach_add_(gradients, values, weight_decay_);
  at::_foreach_mul_(momenta, momentum_);
  at::_foreach_add_(momenta, gradients, 1.0);
  at::_foreach_add_(gradients, momenta, momentum_);
  at::_foreach_add_(values, gradients, -rate);
}

}  // namespace wardmark
