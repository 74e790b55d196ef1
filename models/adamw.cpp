#include "models/adamw.h"

#include <ATen/Parallel.h>

#include <cmath>

namespace wardmark {
namespace {

/// What one step does with each number.
struct Update {
  float first, second, shrink, size, correction, epsilon, shortening;
};

void update_on_cpu(const torch::Tensor& parameter, const torch::Tensor& mean, const torch::Tensor& square,
                   const Update& u) {
  const torch::Tensor gradient = parameter.grad().contiguous();
  float* const p = parameter.data_ptr<float>();
  float* const m = mean.data_ptr<float>();
  float* const v = square.data_ptr<float>();
  const float* const g = gradient.data_ptr<float>();
  at::parallel_for(0, parameter.numel(), 1 << 15, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const float slope = g[i] * u.shortening;
      m[i] = u.first * m[i] + (1 - u.first) * slope;
      v[i] = u.second * v[i] + (1 - u.second) * slope * slope;
      p[i] = u.shrink * p[i] - u.size * m[i] / (std::sqrt(v[i]) * u.correction + u.epsilon);
    }
  });
}

void update(torch::Tensor& parameter, torch::Tensor& mean, torch::Tensor& square, const Update& u) {
  const torch::Tensor slope = parameter.grad() * u.shortening;
  mean.mul_(u.first).add_(slope, 1 - u.first);
  square.mul_(u.second).addcmul_(slope, slope, 1 - u.second);
  parameter.mul_(u.shrink).addcdiv_(mean, square.sqrt().mul_(u.correction).add_(u.epsilon), -u.size);
}

}  // namespace

AdamW::AdamW(std::vector<torch::Tensor> parameters, const Settings& settings)
    : parameters_(std::move(parameters)), settings_(settings) {
  for (const torch::Tensor& parameter : parameters_) {
    means_.push_back(torch::zeros_like(parameter.detach()));
    squares_.push_back(torch::zeros_like(parameter.detach()));
  }
}

void AdamW::clear() {
  for (torch::Tensor& parameter : parameters_) parameter.mutable_grad().reset();
}

double AdamW::shortening() const {
  double length = 0;
  for (const torch::Tensor& parameter : parameters_) {
    if (parameter.grad().defined()) length += std::pow(parameter.grad().norm().item<double>(), 2);
  }
  length = std::sqrt(length);
  return settings_.clip > 0 && length > settings_.clip ? settings_.clip / length : 1;
}

void AdamW::step(double rate) {
  const torch::NoGradGuard no_grad;
  ++steps_;
  const auto n = static_cast<double>(steps_);
  Update u{};
  u.first = static_cast<float>(settings_.first);
  u.second = static_cast<float>(settings_.second);
  u.size = static_cast<float>(rate / (1 - std::pow(settings_.first, n)));
  u.correction = static_cast<float>(1 / std::sqrt(1 - std::pow(settings_.second, n)));
  u.epsilon = static_cast<float>(settings_.epsilon);
  u.shortening = static_cast<float>(shortening());
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    if (!parameters_[i].grad().defined()) continue;
    u.shrink = static_cast<float>(parameters_[i].dim() > 1 ? 1 - rate * settings_.weight_decay : 1);
    const bool here = parameters_[i].is_cpu() && parameters_[i].is_contiguous();
    here ? update_on_cpu(parameters_[i], means_[i], squares_[i], u) : update(parameters_[i], means_[i], squares_[i], u);
  }
}

}  // namespace wardmark
