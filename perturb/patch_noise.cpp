#include "perturb/patch_noise.h"

#include <algorithm>
#include <array>
#include <string>

#include "core/random.h"
#include "perturb/added_noise.h"
#include "perturb/parameter_values.h"

namespace wardmark {
namespace {

constexpr double kUsualRms = 6.0 / 255;
constexpr double kSeparation = 10;

constexpr std::array kParameters = {ParameterInfo{"patches", "N", "4 up to 64 px, else 7", "patches a side, 1 to 16"},
                                    kNoiseRms, kNoiseChannels, kTrainSize};

class PatchNoise final : public Protector {
 public:
  PatchNoise(const PrepareInput& input, const NoiseSettings& settings, std::optional<int> patches)
      : pool_key_(input.pool_key), settings_(settings), patches_(patches) {}

  int train_side(int width, int height) const override { return usual_train_side(width, height, settings_.train_size); }
  Planes protect(const Planes& picture, const ItemContext& item, std::optional<Note>& why) const override {
    if (is_flat(picture)) {
      why = Note{Code::flat, {}};
      return {picture.width, picture.height, picture.channels, picture.full_range, {}};
    }
    const int side = std::min(picture.width, picture.height);
    const int patches = patches_.value_or(side <= kSmallPicture ? 4 : 7);
    Planes noise{picture.width, picture.height, settings_.channels(picture), picture.full_range, {}};
    const auto channels = static_cast<std::size_t>(noise.channels);
    const std::vector<double> values =
        patch_values(pool_key_, item.slot, item.id,
                     static_cast<std::size_t>(patches) * static_cast<std::size_t>(patches) * channels);
    noise.v.reserve(static_cast<std::size_t>(noise.width) * static_cast<std::size_t>(noise.height) * channels);
    for (int y = 0; y < noise.height; ++y) {
      for (int x = 0; x < noise.width; ++x) {
        const int patch = (y * patches / noise.height) * patches + x * patches / noise.width;
        for (std::size_t c = 0; c < channels; ++c) {
          noise.v.push_back(static_cast<float>(values[static_cast<std::size_t>(patch) * channels + c]));
        }
      }
    }
    return with_noise(picture, noise, settings_.rms);
  }

 private:
  Subkey pool_key_;
  NoiseSettings settings_;
  std::optional<int> patches_;
};

std::unique_ptr<Protector> prepare(const PrepareInput& input) {
  check_parameter_names("lsp", kParameters, input.parameters);
  const auto patches = number_parameter(input.parameters, "patches", 1, 16, "a number from 1 to 16");
  return std::make_unique<PatchNoise>(input, noise_settings(input.parameters, kUsualRms), patches);
}

}  // namespace

std::vector<double> patch_values(const Subkey& pool_key, std::uint32_t slot, std::string_view id,
                                 std::size_t features) {
  const Subkey mark = pool_key.derive("lsp-mark", {std::to_string(slot)});
  Stream centre(mark, "centre"), mixing(mark, "mixing"), own(mark, "item", id);
  std::vector<double> values(features);
  for (double& v : values) v = centre.below(2) == 0 ? -kSeparation : kSeparation;
  for (std::size_t i = 0; i < features; ++i) {
    const double z = own.normal();
    for (double& v : values) v += z * (2 * mixing.uniform() - 1);
  }
  return values;
}

MethodInfo patch_noise_method() {
  return {.name = "lsp",
          .summary = "noise of patches, linearly separable by class",
          .effect = Effect::additive,
          .needs_labels = true,
          .needs_engine = false,
          .verifiable = true,
          .source = "arXiv 2111.00898",
          .parameters = kParameters,
          .prepare = prepare,
          .epsilon = 1};
}

}  // namespace wardmark
