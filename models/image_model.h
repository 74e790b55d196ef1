#pragma once
#include <torch/torch.h>

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/bytes.h"
#include "models/device.h"

namespace wardmark {

/// How pictures become a model's input and its output becomes answers. Files made elsewhere do not say it.
struct ModelInterface {
  int height = 0, width = 0, channels = 0;
  std::vector<float> mean, std;      ///< a channel each, in units of 0..1: input = (sample / 255 - mean) / std
  bool probabilities = false;        ///< the output is probabilities, not logits
  std::vector<std::string> classes;  ///< in the order of the outputs; empty: their numbers
};

/// "0..1", "-1..1", "0..255", "imagenet", or "M,M,M/S,S,S" (a mean and a deviation a channel). Sets mean and std for
/// interface.channels. Error(parameter).
void set_normalisation(std::string_view text, ModelInterface& interface);

/// A trained classifier of any origin. Used from one thread.
class ImageModel {
 public:
  virtual ~ImageModel() = default;
  /// `classes` are never empty here.
  virtual const ModelInterface& interface() const = 0;
  /// Natural logarithms of probabilities, (count, classes), float32, CPU, of pictures of 8 bits a sample, RGB or grey,
  /// row by row. Error(model_format) where the model does not answer so.
  virtual torch::Tensor scores(ByteView pictures, std::int64_t count) = 0;
};

/// A file with a model, as read.
struct ModelFile {
  std::string name;
  Bytes bytes;
  Bytes description;  ///< MODEL.json beside MODEL.safetensors; else empty
};

/// A kind of file.
struct ImageModelKind {
  std::string_view name;
  bool says_all;  ///< the file holds its interface; else the caller must
  bool (*recognises)(const ModelFile& file);
  std::unique_ptr<ImageModel> (*open)(const ModelFile& file, const ModelInterface& interface, const Compute& compute);
};
/// The only list of them: models of this project, TorchScript and, where OpenCV's dnn was there at build time, ONNX.
std::span<const ImageModelKind> image_model_kinds();
/// Error(model_format) naming the kinds where none recognises it.
const ImageModelKind& image_model_kind(const ModelFile& file);

std::unique_ptr<ImageModel> open_script_model(const ModelFile& file, const ModelInterface& interface,
                                              const Compute& compute);
std::unique_ptr<ImageModel> open_onnx_model(const ModelFile& file, const ModelInterface& interface,
                                            const Compute& compute);

/// Input of a model: (count, channels, height, width), float32, CPU. Error(model_format) when the bytes do not fit.
torch::Tensor model_input(ByteView pictures, std::int64_t count, const ModelInterface& interface);
/// Scores of a whole input, at most `batch` pictures at a time through `forward`.
torch::Tensor scores_by_batch(const torch::Tensor& input, std::int64_t batch, const ModelInterface& interface,
                              const std::function<torch::Tensor(const torch::Tensor&)>& forward);
/// A model's output as scores. Error(model_format) unless it is (count, 2 or more) finite numbers, and as many as
/// there are classes, where those are named.
torch::Tensor model_scores(const torch::Tensor& output, std::int64_t count, const ModelInterface& interface);
/// Names the classes by number where they have no names, from an output.
void name_classes(const torch::Tensor& output, ModelInterface& interface);

}  // namespace wardmark
