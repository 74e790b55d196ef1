#include "perturb/presets.h"

#include <algorithm>
#include <array>
#include <string>

#include "core/error.h"

namespace wardmark {
namespace {

using Fixed = std::pair<std::string_view, std::string_view>;

constexpr std::array kFaint = {Fixed{"amplitude", "0.12"}, Fixed{"channels", "chroma"}, Fixed{"grating", "8/255"},
                               Fixed{"grating-cycles", "5-8"}};
constexpr std::array kNormal = {Fixed{"amplitude", "0.14"}, Fixed{"channels", "chroma"}, Fixed{"grating", "16/255"},
                                Fixed{"grating-cycles", "5-8"}};
constexpr std::array kStrong = {Fixed{"amplitude", "0.14"}, Fixed{"grating", "24/255"}, Fixed{"grating-cycles", "5-8"}};

}  // namespace

std::span<const PresetInfo> presets() {
  static constexpr std::array kPresets = {
      PresetInfo{"faint", "field", kFaint, "32 dB, SSIM 0.98, CIEDE2000 9.3"},
      PresetInfo{"normal", "field", kNormal, "28 dB, SSIM 0.93, CIEDE2000 11"},
      PresetInfo{"strong", "field", kStrong, "26 dB, SSIM 0.87, CIEDE2000 12"},
  };
  return kPresets;
}

const PresetInfo& find_preset(std::string_view strength) {
  const auto found = std::ranges::find(presets(), strength, &PresetInfo::strength);
  if (found != presets().end()) return *found;
  std::string hint = "choose one of:";
  for (const PresetInfo& preset : presets()) hint.append(" ").append(preset.strength);
  throw Error(Code::parameter, "--strength: \"" + std::string(strength) + "\" is not known", hint);
}

}  // namespace wardmark
