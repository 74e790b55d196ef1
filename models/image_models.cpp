#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "core/error.h"
#include "models/classifier_file.h"
#include "models/image_model.h"
#include "models/prediction.h"

namespace wardmark {
namespace {

/// A model of this project, whose description says everything.
class OwnModel final : public ImageModel {
 public:
  OwnModel(LoadedClassifier loaded, const Compute& compute) : loaded_(std::move(loaded)), compute_(compute) {
    const ClassifierInfo& info = loaded_.info;
    interface_.height = info.height;
    interface_.width = info.width;
    interface_.channels = info.channels;
    interface_.classes = info.classes;
  }
  const ModelInterface& interface() const override { return interface_; }
  torch::Tensor scores(ByteView pictures, std::int64_t count) override {
    PixelSet set;
    set.height = interface_.height;
    set.width = interface_.width;
    set.channels = interface_.channels;
    set.classes = interface_.classes;
    set.samples.assign(pictures.begin(), pictures.end());
    set.labels.assign(static_cast<std::size_t>(count), 0);
    return torch::log_softmax(predict(loaded_.model, set, compute_), 1);
  }

 private:
  LoadedClassifier loaded_;
  Compute compute_;
  ModelInterface interface_;
};

std::unique_ptr<ImageModel> open_own(const ModelFile& file, const ModelInterface&, const Compute& compute) {
  return std::make_unique<OwnModel>(load_classifier(file.bytes, file.description, compute), compute);
}

bool is_own(const ModelFile& file) { return file.name.ends_with(".safetensors"); }
/// torch.jit.save writes an archive of stored zip members.
bool is_script(const ModelFile& file) { return text_of(ByteView(file.bytes)).starts_with("PK\3\4"); }
bool is_onnx(const ModelFile& file) { return file.name.ends_with(".onnx"); }

constexpr auto kKinds = std::to_array<ImageModelKind>({
    {"safetensors of wardmark", true, is_own, open_own},
    {"TorchScript", false, is_script, open_script_model},
#ifdef WARDMARK_ONNX
    {"ONNX", false, is_onnx, open_onnx_model},
#endif
});

std::vector<float> numbers(std::string_view text, std::string_view whole, std::size_t count) {
  std::vector<float> values;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(','), text.size());
    float value = 0;
    const auto [at, failed] = std::from_chars(text.data(), text.data() + end, value);
    if (failed != std::errc() || at != text.data() + end || !std::isfinite(value)) break;
    values.push_back(value);
    text.remove_prefix(std::min(text.size(), end + 1));
  }
  if (!text.empty() || values.size() != count) {
    throw Error(Code::parameter,
                "normalisation '" + std::string(whole) + "': not " + std::to_string(count) + " numbers",
                "0..1, -1..1, 0..255, imagenet, or a mean and a deviation a channel: 0.5,0.5,0.5/0.25,0.25,0.25");
  }
  return values;
}

}  // namespace

std::span<const ImageModelKind> image_model_kinds() { return kKinds; }

const ImageModelKind& image_model_kind(const ModelFile& file) {
  for (const ImageModelKind& kind : kKinds) {
    if (kind.recognises(file)) return kind;
  }
  std::string names;
  for (const ImageModelKind& kind : kKinds) names += (names.empty() ? "" : ", ") + std::string(kind.name);
  throw Error(Code::model_format, file.name + ": no model of a known kind (" + names + ")",
              "other models are asked through a program: docs/suspect-protocol.md");
}

void set_normalisation(std::string_view text, ModelInterface& interface) {
  const auto channels = static_cast<std::size_t>(interface.channels);
  const auto all = [&](float mean, float std) {
    interface.mean.assign(channels, mean);
    interface.std.assign(channels, std);
  };
  if (text == "0..1") return all(0, 1);
  if (text == "-1..1") return all(0.5f, 0.5f);
  if (text == "0..255") return all(0, 1 / 255.0f);
  if (text == "imagenet") text = "0.485,0.456,0.406/0.229,0.224,0.225";
  const std::size_t slash = text.find('/');
  interface.mean = numbers(text.substr(0, slash), text, channels);
  interface.std = numbers(slash == std::string_view::npos ? "" : text.substr(slash + 1), text, channels);
  if (std::ranges::any_of(interface.std, [](float s) { return s <= 0; }))
    throw Error(Code::parameter, "normalisation '" + std::string(text) + "': a deviation is not above 0");
}

torch::Tensor model_input(ByteView pictures, std::int64_t count, const ModelInterface& interface) {
  const std::int64_t h = interface.height, w = interface.width, c = interface.channels;
  if (static_cast<std::int64_t>(pictures.size()) != count * h * w * c)
    throw Error(Code::model_format, "not " + std::to_string(count) + " pictures of the model's size");
  // from_blob() takes no const; nothing writes to it.
  auto* const samples = const_cast<std::uint8_t*>(pictures.data());
  const torch::Tensor x = torch::from_blob(samples, {count, h, w, c}, torch::kByte).permute({0, 3, 1, 2});
  const torch::Tensor mean = torch::tensor(interface.mean).view({1, c, 1, 1});
  const torch::Tensor std = torch::tensor(interface.std).view({1, c, 1, 1});
  return ((x.to(torch::kFloat) / 255 - mean) / std).contiguous();
}

torch::Tensor model_scores(const torch::Tensor& output, std::int64_t count, const ModelInterface& interface) {
  if (output.dim() != 2 || output.size(0) != count || output.size(1) < 2) {
    std::string shape;
    for (const std::int64_t n : output.sizes()) shape += (shape.empty() ? "" : " x ") + std::to_string(n);
    throw Error(Code::model_format, "the model answers " + std::to_string(count) + " pictures with " + shape +
                                        " numbers, not with a row of classes a picture");
  }
  if (!interface.classes.empty() && output.size(1) != static_cast<std::int64_t>(interface.classes.size())) {
    throw Error(Code::model_format, "the model has " + std::to_string(output.size(1)) + " outputs, not " +
                                        std::to_string(interface.classes.size()) + " as classes are named");
  }
  const torch::Tensor rows = output.to(torch::kCPU, torch::kFloat);
  if (!torch::isfinite(rows).all().item<bool>()) throw Error(Code::model_format, "the model answers with no numbers");
  if (!interface.probabilities) return torch::log_softmax(rows, 1);
  if (rows.lt(-1e-4).any().item<bool>() || rows.sum(1).sub(1).abs().gt(0.01).any().item<bool>())
    throw Error(Code::model_format, "the model's outputs are no probabilities", "leave out --outputs probabilities");
  return rows.clamp_min(0).log();
}

torch::Tensor scores_by_batch(const torch::Tensor& input, std::int64_t batch, const ModelInterface& interface,
                              const std::function<torch::Tensor(const torch::Tensor&)>& forward) {
  std::vector<torch::Tensor> rows;
  for (std::int64_t begin = 0; begin < input.size(0); begin += batch) {
    const torch::Tensor part = input.slice(0, begin, std::min(input.size(0), begin + batch));
    rows.push_back(model_scores(forward(part), part.size(0), interface));
  }
  return torch::cat(rows);
}

void name_classes(const torch::Tensor& output, ModelInterface& interface) {
  for (std::int64_t k = static_cast<std::int64_t>(interface.classes.size()); k < output.size(1); ++k)
    interface.classes.push_back(std::to_string(k));
}

}  // namespace wardmark
