#include "perturb/fitted/noisy_set.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "perturb/class_texture.h"
#include "perturb/local_mask.h"

namespace wardmark {
namespace {

constexpr int kZeroByte = 128;  // how no noise is written in a checkpoint

}  // namespace

std::string fit_identity(const FitInput& input, std::string_view method, std::string_view numbers) {
  const FitSettings& s = input.settings;
  std::string text = std::string(method) + " rho " + std::to_string(s.rho) + " mask " +
                     std::to_string(static_cast<int>(s.mask)) + " class " + std::to_string(s.by_class) + " carrier " +
                     std::to_string(s.carrier) + " epsilon " + std::to_string(input.epsilon) + " " +
                     std::string(numbers) + " with";
  for (const std::string& name : s.surrogates) text += " " + name;
  text += " through";
  for (const std::string& name : s.augment) text += " " + name;
  text += " slots";
  for (const std::uint32_t slot : input.slots) text += " " + std::to_string(slot);
  const auto& labels = input.pictures.labels;
  const auto* begin = reinterpret_cast<const std::uint8_t*>(labels.data());
  const ByteView label_bytes(begin, labels.size() * sizeof(labels[0]));
  const auto& cells = input.salience.cells();
  const ByteView map_bytes(reinterpret_cast<const std::uint8_t*>(cells.data()), cells.size() * sizeof(std::uint32_t));
  return to_hex(digest(&input.pool_key, "fit", {bytes_of(text), label_bytes, input.pictures.samples, map_bytes}));
}

NoisySet::NoisySet(const FitInput& input)
    : input_(input),
      carrier_(static_cast<int>(std::lround(input.settings.carrier * input.epsilon))),
      changed_(input.pictures),
      noise_(input.pictures.samples.size(), 0),
      labels_(torch::tensor(input.pictures.labels, torch::kLong)) {
  const PixelSet& set = input.pictures;
  std::vector<float> waves;
  for (const std::uint32_t slot : input.slots) {
    const ClassTexture texture = keyed_texture(input.pool_key, slot);
    for (int y = 0; y < set.height; ++y) {
      for (int x = 0; x < set.width; ++x) waves.push_back(static_cast<float>(texture.at(x, y)));
    }
  }
  textures_ = torch::tensor(waves).view({static_cast<std::int64_t>(input.slots.size()), 1, set.height, set.width});
  for (std::size_t i = 0; i < set.size(); ++i) {
    for (const std::uint32_t sum :
         salience(MaskRule::own, {set.item(i), set.width, set.height, set.channels, {}}, {}, {}))
      active_.push_back(sum > 0 ? 1 : 0);
  }
}

torch::Tensor NoisySet::taken(const void* samples, torch::ScalarType type, const torch::Tensor& rows) const {
  const PixelSet& set = input_.pictures;
  const torch::Tensor all =
      torch::from_blob(const_cast<void*>(samples), {size(), set.height, set.width, set.channels}, type);
  return all.index_select(0, rows).to(torch::kFloat).permute({0, 3, 1, 2}).contiguous();
}

torch::Tensor NoisySet::picture_levels(const torch::Tensor& rows) const {
  return taken(input_.pictures.samples.data(), torch::kByte, rows);
}

torch::Tensor NoisySet::noise(const torch::Tensor& rows) const { return taken(noise_.data(), torch::kChar, rows); }

torch::Tensor NoisySet::carrier(const torch::Tensor& rows) const {
  return textures_.index_select(0, labels(rows)).expand({-1, input_.pictures.channels, -1, -1}) *
         static_cast<double>(carrier_);
}

torch::Tensor NoisySet::active(const torch::Tensor& rows) const {
  const PixelSet& set = input_.pictures;
  auto* bytes = const_cast<std::uint8_t*>(active_.data());  // from_blob knows no const; nothing writes here
  return torch::from_blob(bytes, {size(), 1, set.height, set.width}, torch::kByte)
      .index_select(0, rows)
      .to(torch::kBool);
}

torch::Tensor NoisySet::labels(const torch::Tensor& rows) const { return labels_.index_select(0, rows); }

void NoisySet::start_with_carriers() {
  const PixelSet& set = input_.pictures;
  for (std::size_t i = 0; i < set.size(); ++i) {
    const ClassTexture texture = keyed_texture(input_.pool_key, input_.slots[static_cast<std::size_t>(set.labels[i])]);
    const std::vector<std::uint8_t> mask = most_salient(salience_of(i), input_.settings.rho);
    const std::vector<std::int8_t> change =
        textured_change(texture, mask, set.width, set.height, set.channels, carrier_);
    for (std::size_t k = 0; k < change.size(); ++k) {
      const std::size_t at = i * change.size() + k;
      const int level = std::clamp(set.samples[at] + change[k], 0, 255);
      noise_[at] = static_cast<std::int8_t>(level - set.samples[at]);
      changed_.samples[at] = static_cast<std::uint8_t>(level);
    }
  }
}

std::vector<std::uint32_t> NoisySet::salience_of(std::size_t item) const {
  const PixelSet& set = input_.pictures;
  return salience(input_.settings.mask, {set.item(item), set.width, set.height, set.channels, set.ids[item]},
                  input_.salience, input_.pool_key);
}

torch::Tensor NoisySet::drawn_mask(const torch::Tensor& rows) const {
  const PixelSet& set = input_.pictures;
  torch::Tensor mask = torch::empty({rows.size(0), 1, set.height, set.width});
  float* value = mask.data_ptr<float>();
  for (std::int64_t k = 0; k < rows.size(0); ++k) {
    const auto item = static_cast<std::size_t>(rows.data_ptr<std::int64_t>()[k]);
    value = std::ranges::copy(most_salient(salience_of(item), input_.settings.rho), value).out;
  }
  return mask;
}

torch::Tensor NoisySet::shared_mask() const {
  const PixelSet& set = input_.pictures;
  std::vector<std::uint32_t> values;
  for (int y = 0; y < set.height; ++y) {
    for (int x = 0; x < set.width; ++x) values.push_back(input_.salience.at(x, y, set.width, set.height) + 1);
  }
  const std::vector<std::uint8_t> mask = most_salient(values, input_.settings.rho);
  return torch::tensor(std::vector<float>(mask.begin(), mask.end())).view({1, 1, set.height, set.width});
}

void NoisySet::store(const torch::Tensor& rows, const torch::Tensor& noise) {
  const double most = input_.epsilon;
  const torch::Tensor levels = picture_levels(rows);
  const torch::Tensor whole =
      ((levels + noise.round().clamp(-most, most)).clamp(0, 255) - levels).permute({0, 2, 3, 1}).contiguous();
  const float* value = whole.data_ptr<float>();
  const std::size_t step = input_.pictures.item_samples();
  for (std::int64_t k = 0; k < rows.size(0); ++k) {
    const std::size_t at = static_cast<std::size_t>(rows.data_ptr<std::int64_t>()[k]) * step;
    for (std::size_t i = at; i < at + step; ++i) {
      noise_[i] = static_cast<std::int8_t>(*value++);
      changed_.samples[i] = static_cast<std::uint8_t>(input_.pictures.samples[i] + noise_[i]);
    }
  }
}

torch::Tensor NoisySet::kept() const {
  torch::Tensor bytes = torch::empty({static_cast<std::int64_t>(noise_.size())}, torch::kByte);
  std::ranges::transform(noise_, bytes.data_ptr<std::uint8_t>(),
                         [](std::int8_t v) { return static_cast<std::uint8_t>(v + kZeroByte); });
  return bytes;
}

void NoisySet::restore(const torch::Tensor& kept) {
  if (kept.scalar_type() != torch::kByte || kept.numel() != static_cast<std::int64_t>(noise_.size()))
    throw Error(Code::model_format, "checkpoint of the fit: its noise is not of these pictures",
                "remove it to fit from the start");
  const torch::Tensor bytes = kept.contiguous();
  for (std::size_t i = 0; i < noise_.size(); ++i) {
    noise_[i] = static_cast<std::int8_t>(bytes.data_ptr<std::uint8_t>()[i] - kZeroByte);
    changed_.samples[i] = static_cast<std::uint8_t>(input_.pictures.samples[i] + noise_[i]);
  }
}

}  // namespace wardmark
