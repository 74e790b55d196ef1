#include "models/pictures.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <vector>

#include "core/error.h"

namespace wardmark {
namespace {

constexpr double kUnit = 1.0 / 255;

torch::Tensor to_unit_range(const torch::Tensor& samples) {  // (B, H, W, C) uint8
  return samples.to(torch::kFloat).mul_(kUnit).permute({0, 3, 1, 2});
}

}  // namespace

Shifts draw_shifts(std::int64_t count, std::int64_t padding, torch::Generator& random) {
  const auto whole = torch::TensorOptions(torch::kLong);
  return {torch::randint(-padding, padding + 1, {count}, random, whole),
          torch::randint(-padding, padding + 1, {count}, random, whole),
          torch::randint(0, 2, {count}, random, whole).to(torch::kBool)};
}

std::int64_t crop_padding(const PixelSet& set) { return std::min(set.height, set.width) / 8; }

Pictures::Pictures(const PixelSet& set, torch::Device device) : device_(device) {
  auto* samples = const_cast<std::uint8_t*>(set.samples.data());  // from_blob knows no const; nothing writes here
  auto* labels = const_cast<std::int64_t*>(set.labels.data());
  const auto count = static_cast<std::int64_t>(set.size());
  samples_ = torch::from_blob(samples, {count, set.height, set.width, set.channels}, torch::kByte).to(device);
  labels_ = torch::from_blob(labels, {count}, torch::kLong).to(device);
}

torch::Tensor Pictures::batch(const torch::Tensor& index) const {
  return to_unit_range(samples_.index_select(0, index.to(device_)));
}

torch::Tensor Pictures::batch(const torch::Tensor& index, const Shifts& shifts) const {
  const std::int64_t height = samples_.size(1), width = samples_.size(2), channels = samples_.size(3);
  const auto whole = torch::TensorOptions(torch::kLong).device(device_);
  const auto column = [this](const torch::Tensor& t) { return t.to(device_).unsqueeze(1); };
  const torch::Tensor across = torch::arange(width, whole).unsqueeze(0);
  const torch::Tensor rows = torch::arange(height, whole).unsqueeze(0) + column(shifts.down);
  const torch::Tensor columns =
      torch::where(column(shifts.flip), width - 1 - across, across) + column(shifts.right);  // (B, W)
  const torch::Tensor inside =
      (rows.ge(0) & rows.lt(height)).unsqueeze(2) & (columns.ge(0) & columns.lt(width)).unsqueeze(1);
  const torch::Tensor first = (column(index) * height + rows.clamp(0, height - 1)) * width;
  const torch::Tensor pixel = first.unsqueeze(2) + columns.clamp(0, width - 1).unsqueeze(1);  // (B, H, W)
  const torch::Tensor taken = samples_.view({-1, channels}).index({pixel.flatten()});
  return to_unit_range(taken.view({-1, height, width, channels}).mul_(inside.unsqueeze(3)));
}

Normalisation measure_normalisation(const PixelSet& set, const torch::Tensor& index) {
  const auto channels = static_cast<std::size_t>(set.channels);
  std::vector<std::array<std::uint64_t, 256>> counts(channels);
  const torch::Tensor items = index.to(torch::kCPU, torch::kLong).contiguous();
  for (std::int64_t i = 0; i < items.numel(); ++i) {
    const ByteView item = set.item(static_cast<std::size_t>(items.data_ptr<std::int64_t>()[i]));
    for (std::size_t j = 0; j < item.size(); j += channels) {
      for (std::size_t c = 0; c < channels; ++c) ++counts[c][item[j + c]];
    }
  }
  Normalisation result{torch::zeros({1, set.channels, 1, 1}), torch::ones({1, set.channels, 1, 1})};
  for (std::size_t c = 0; c < channels; ++c) {
    double number = 0, sum = 0, squares = 0;
    for (std::size_t v = 0; v < 256; ++v) {
      const auto n = static_cast<double>(counts[c][v]), value = static_cast<double>(v);
      number += n;
      sum += n * value;
      squares += n * value * value;
    }
    if (number == 0) continue;
    const double mean = sum / number;
    const double variance = std::max(0.0, squares / number - mean * mean);
    result.mean.data_ptr<float>()[c] = static_cast<float>(mean * kUnit);
    if (variance > 0) result.std.data_ptr<float>()[c] = static_cast<float>(std::sqrt(variance) * kUnit);
  }
  return result;
}

void check_pixel_set(const PixelSet& set, const std::string& what) {
  if (set.size() == 0) throw Error(Code::input_empty, what + ": no picture");
  if (set.height < 1 || set.width < 1 || set.channels < 1 || set.samples.size() != set.size() * set.item_samples()) {
    throw Error(Code::parameter, what + ": " + std::to_string(set.samples.size()) + " samples for " +
                                     std::to_string(set.size()) + " pictures of " + std::to_string(set.height) + " x " +
                                     std::to_string(set.width) + " x " + std::to_string(set.channels));
  }
  const auto [least, most] = std::ranges::minmax(set.labels);
  if (least < 0 || most >= static_cast<std::int64_t>(set.classes.size())) {
    throw Error(Code::parameter, what + ": label " + std::to_string(least < 0 ? least : most) + " outside the " +
                                     std::to_string(set.classes.size()) + " classes");
  }
  if (least == most) {
    throw Error(Code::labels_one_class,
                what + ": all pictures are of class " + set.classes[static_cast<std::size_t>(least)],
                "a classifier needs at least two classes");
  }
}

}  // namespace wardmark
