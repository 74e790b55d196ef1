#include <torch/script.h>

#include <sstream>

#include "core/error.h"
#include "models/image_model.h"

namespace wardmark {
namespace {

constexpr std::int64_t kBatch = 256;

/// What went wrong, without the traces of torch and of the script around it.
std::string reason(const std::exception& error) {
  const std::string text = error.what();
  std::size_t from = text.rfind("RuntimeError: ");
  if (from == std::string::npos) from = 0;
  return text.substr(from, std::min(text.find('\n', from) - from, std::size_t{300}));
}

/// A module that torch.jit.save wrote. What it does is up to whoever made it: run it confined.
class ScriptModel final : public ImageModel {
 public:
  ScriptModel(const ModelFile& file, const ModelInterface& interface, const Compute& compute)
      : interface_(interface), compute_(compute) {
    try {
      std::istringstream in(std::string(text_of(ByteView(file.bytes))));
      module_ = torch::jit::load(in, compute.device);
      module_.eval();
    } catch (const std::exception& error) {
      throw Error(Code::model_format, file.name + ": no TorchScript module that this libtorch reads: " + reason(error));
    }
    const Bytes black(static_cast<std::size_t>(interface.height) * static_cast<std::size_t>(interface.width) *
                      static_cast<std::size_t>(interface.channels));
    const torch::Tensor output = forward(model_input(black, 1, interface_));
    model_scores(output, 1, interface_);
    name_classes(output, interface_);
  }
  const ModelInterface& interface() const override { return interface_; }

  torch::Tensor scores(ByteView pictures, std::int64_t count) override {
    return scores_by_batch(model_input(pictures, count, interface_), kBatch, interface_,
                           [this](const torch::Tensor& part) { return forward(part); });
  }

 private:
  torch::Tensor forward(const torch::Tensor& x) {
    const torch::NoGradGuard no_grad;
    const Autocast autocast(compute_);
    try {
      torch::jit::IValue output = module_.forward({x.to(compute_.device)});
      if (output.isTuple() && !output.toTuple()->elements().empty()) output = output.toTuple()->elements()[0];
      if (output.isTensor()) return output.toTensor();
    } catch (const std::exception& error) {
      throw Error(Code::model_format, "the model failed: " + reason(error));
    }
    throw Error(Code::model_format, "the model answers with no tensor");
  }

  ModelInterface interface_;
  Compute compute_;
  torch::jit::script::Module module_;
};

}  // namespace

std::unique_ptr<ImageModel> open_script_model(const ModelFile& file, const ModelInterface& interface,
                                              const Compute& compute) {
  return std::make_unique<ScriptModel>(file, interface, compute);
}

}  // namespace wardmark
