#include <algorithm>
#include <opencv2/core.hpp>
#include <opencv2/dnn.hpp>

#include "core/error.h"
#include "models/image_model.h"

namespace wardmark {
namespace {

constexpr std::int64_t kBatch = 64;

/// What OpenCV says, without place and version: "…(name)… in function 'f'".
std::string reason(const cv::Exception& error) {
  std::string text = error.err;
  std::ranges::replace(text, '\n', ' ');
  return text.substr(0, std::min<std::size_t>(text.size(), 300));
}

class OnnxModel final : public ImageModel {
 public:
  OnnxModel(const ModelFile& file, const ModelInterface& interface) : name_(file.name), interface_(interface) {
    try {
      net_ = cv::dnn::readNetFromONNX(reinterpret_cast<const char*>(file.bytes.data()), file.bytes.size());
    } catch (const cv::Exception& error) {
      throw Error(Code::model_format, name_ + ": OpenCV cannot read it: " + reason(error),
                  "operators that it lacks are named there; ask the model through a program instead "
                  "(docs/suspect-protocol.md)");
    }
    if (net_.empty()) throw Error(Code::model_format, name_ + ": holds no network");
    net_.setPreferableBackend(cv::dnn::DNN_BACKEND_OPENCV);
    const torch::Tensor output = forward(torch::zeros({1, interface.channels, interface.height, interface.width}));
    model_scores(output, 1, interface_);
    name_classes(output, interface_);
    batch_ = takes_batches() ? kBatch : 1;
  }
  const ModelInterface& interface() const override { return interface_; }

  torch::Tensor scores(ByteView pictures, std::int64_t count) override {
    return scores_by_batch(model_input(pictures, count, interface_), batch_, interface_,
                           [this](const torch::Tensor& part) { return forward(part); });
  }

 private:
  torch::Tensor forward(const torch::Tensor& x) {
    try {
      const torch::Tensor input = x.contiguous();
      const int sizes[] = {static_cast<int>(input.size(0)), static_cast<int>(input.size(1)),
                           static_cast<int>(input.size(2)), static_cast<int>(input.size(3))};
      net_.setInput(cv::Mat(4, sizes, CV_32F, input.data_ptr<float>()));
      const cv::Mat output = net_.forward();
      std::vector<std::int64_t> shape(output.size.p, output.size.p + output.dims);
      return torch::from_blob(output.data, shape, torch::kFloat).clone();
    } catch (const cv::Exception& error) {
      throw Error(Code::model_format, name_ + ": OpenCV cannot run it: " + reason(error));
    }
  }

  /// Networks that were exported for one picture answer two with one row, or not at all.
  bool takes_batches() {
    const std::int64_t size = std::int64_t{2} * interface_.channels * interface_.height * interface_.width;
    const torch::Tensor two =
        torch::linspace(-1, 2, size).sin().view({2, interface_.channels, interface_.height, interface_.width});
    try {
      const torch::Tensor together = forward(two);
      if (together.dim() != 2 || together.size(0) != 2) return false;
      const torch::Tensor apart = torch::cat({forward(two.slice(0, 0, 1)), forward(two.slice(0, 1, 2))});
      return torch::allclose(together, apart, 1e-3, 1e-3);
    } catch (const Error&) {
      return false;
    }
  }

  std::string name_;
  ModelInterface interface_;
  cv::dnn::Net net_;
  std::int64_t batch_ = 1;
};

}  // namespace

std::unique_ptr<ImageModel> open_onnx_model(const ModelFile& file, const ModelInterface& interface, const Compute&) {
  return std::make_unique<OnnxModel>(file, interface);
}

}  // namespace wardmark
