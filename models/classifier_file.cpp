#include "models/classifier_file.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "models/network_state.h"
#include "models/safetensors.h"

namespace wardmark {
namespace {

using nlohmann::json;

constexpr const char* kSchema = "wardmark-model/1";
constexpr std::size_t kLongestDescription = std::size_t{16} << 20;
constexpr int kLargestSide = 16384;
constexpr int kMostChannels = 4096;

[[noreturn]] void refuse(const std::string& what) {
  throw Error(Code::model_format, "model description: " + what, "it is the .json file beside the .safetensors file");
}

std::vector<float> numbers(const torch::Tensor& tensor) {
  const torch::Tensor flat = tensor.detach().to(torch::kCPU, torch::kFloat).flatten().contiguous();
  return {flat.data_ptr<float>(), flat.data_ptr<float>() + flat.numel()};
}

torch::Tensor per_channel(const json& list, int channels, bool positive, const Compute& compute) {
  const auto values = list.get<std::vector<float>>();
  if (values.size() != static_cast<std::size_t>(channels)) refuse("mean and std are not one number a channel");
  for (const float value : values) {
    if (!std::isfinite(value) || (positive && value <= 0)) refuse("mean or std is out of range");
  }
  return torch::tensor(values).view({1, channels, 1, 1}).to(compute.device);
}

ClassifierInfo read_info(const json& text) {
  ClassifierInfo info;
  info.architecture = text.at("architecture").get<std::string>();
  info.height = text.at("height").get<int>();
  info.width = text.at("width").get<int>();
  info.channels = text.at("channels").get<int>();
  info.width_multiplier = text.at("width_multiplier").get<double>();
  info.classes = text.at("classes").get<std::vector<std::string>>();
  info.recipe = text.at("recipe").dump();
  // build_network() checks the rest; these are bounded so that a description cannot ask for all memory.
  if (info.height > kLargestSide || info.width > kLargestSide || info.channels > kMostChannels)
    refuse("pictures of " + std::to_string(info.height) + " x " + std::to_string(info.width) + " x " +
           std::to_string(info.channels));
  return info;
}

}  // namespace

NetworkShape ClassifierInfo::shape() const {
  NetworkShape result;
  result.channels = channels;
  result.side = std::min(height, width);
  result.classes = static_cast<int>(classes.size());
  result.width = width_multiplier;
  return result;
}

ClassifierFiles save_classifier(const Classifier& model, const ClassifierInfo& info) {
  const json description = {{"schema", kSchema},         {"architecture", info.architecture},
                            {"height", info.height},     {"width", info.width},
                            {"channels", info.channels}, {"width_multiplier", info.width_multiplier},
                            {"classes", info.classes},   {"mean", numbers(model.mean)},
                            {"std", numbers(model.std)}, {"recipe", json::parse(info.recipe)}};
  const std::string text = description.dump(2) + "\n";
  const NamedTensors state = state_of(*model.network);
  // "format" is what other readers look for.
  return {
      write_safetensors(TensorMap(state.begin(), state.end()), {{"format", "pt"}, {"architecture", info.architecture}}),
      Bytes(text.begin(), text.end())};
}

LoadedClassifier load_classifier(ByteView weights, ByteView description, const Compute& compute) {
  if (description.size() > kLongestDescription) refuse("longer than 16 MiB");
  LoadedClassifier loaded;
  try {
    const json text = json::parse(text_of(description));
    if (text.at("schema") != kSchema) refuse("not of a version this program knows");
    loaded.info = read_info(text);
    loaded.model.mean = per_channel(text.at("mean"), loaded.info.channels, false, compute);
    loaded.model.std = per_channel(text.at("std"), loaded.info.channels, true, compute);
  } catch (const json::exception& error) {
    refuse(error.what());
  }
  try {
    loaded.model.network = build_network(find_network(loaded.info.architecture), loaded.info.shape());
  } catch (const Error& error) {
    refuse(error.what());
  } catch (const c10::Error&) {
    refuse("a network of that shape cannot be built");
  }
  load_state(*loaded.model.network, read_safetensors(weights).tensors);
  loaded.model.network->to(compute.device);
  use_channels_last(*loaded.model.network);
  loaded.model.network->eval();
  return loaded;
}

}  // namespace wardmark
