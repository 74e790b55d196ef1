#include "models/weight_source.h"

#include <cmath>

#include "core/error.h"
#include "models/seeds.h"

namespace wardmark {
namespace {

constexpr double kDeviation = 0.02;

std::string text_of_shape(c10::IntArrayRef shape) {
  std::string text;
  for (const std::int64_t size : shape) text += (text.empty() ? "" : " x ") + std::to_string(size);
  return text.empty() ? "a number" : text;
}

}  // namespace

WeightSource::WeightSource(TensorMap tensors, std::string prefix, const Compute& compute)
    : tensors_(std::move(tensors)), prefix_(std::move(prefix)), compute_(compute) {}

WeightSource::WeightSource(std::uint64_t seed, std::int64_t layers, const Compute& compute)
    : compute_(compute), generator_(seeded_generator(draw_seed(seed, Draw::weights))), layers_(layers) {}

bool WeightSource::has(const std::string& name) const {
  return generator_ || tensors_.contains(name) || tensors_.contains(prefix_ + name);
}

torch::Tensor WeightSource::take(const std::string& name, const std::vector<std::int64_t>& shape, Start start) {
  if (generator_) {
    torch::Tensor tensor = torch::empty(shape);
    const double deviation =
        kDeviation / (start == Start::residual ? std::sqrt(2.0 * static_cast<double>(layers_)) : 1);
    if (start == Start::normal || start == Start::residual) {
      tensor.normal_(0, deviation, *generator_);
    } else {
      tensor.fill_(start == Start::ones ? 1 : 0);
    }
    return tensor.to(compute_.device);
  }
  auto found = tensors_.find(prefix_ + name);
  if (found == tensors_.end()) found = tensors_.find(name);
  if (found == tensors_.end())
    throw Error(Code::model_format, "the checkpoint has no tensor " + name, "the file is damaged, or of another model");
  torch::Tensor tensor = found->second;
  if (tensor.sizes() != c10::IntArrayRef(shape)) {
    throw Error(Code::model_format,
                name + ": " + text_of_shape(tensor.sizes()) + " in the checkpoint, " + text_of_shape(shape) +
                    " by its configuration",
                "the folder holds files of different models, or damaged ones");
  }
  if (!tensor.is_floating_point()) throw Error(Code::model_format, name + ": no real numbers in the checkpoint");
  // The memory of what was read is given back as the model grows.
  tensors_.erase(found);
  tensor = tensor.to(compute_.device, compute_.bf16 && shape.size() > 1 ? torch::kBFloat16 : torch::kFloat);
  return tensor.contiguous();
}

}  // namespace wardmark
