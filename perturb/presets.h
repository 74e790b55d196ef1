#pragma once
#include <span>
#include <string_view>
#include <utility>

#include "perturb/method.h"

namespace wardmark {

/// What `-m best` stands for at one strength: a method with parameters whose worst case was the lowest of a search over
/// methods, under the counter-measures that it tried (docs/results.md, "A search over keyed methods"). A plan that is
/// made with it names the method and these parameters, so a later winner changes no release.
struct PresetInfo {
  std::string_view strength;  ///< faint, normal or strong
  std::string_view method;
  std::span<const std::pair<std::string_view, std::string_view>> parameters;
  std::string_view seen;  ///< how far: PSNR, SSIM, CIEDE2000 on CIFAR-10
};

/// The name that stands for the presets in place of a method.
inline constexpr std::string_view kBest = "best";
/// Where none is named.
inline constexpr std::string_view kUsualStrength = "normal";
/// Weakest first.
std::span<const PresetInfo> presets();
/// By strength; Error(parameter) with the choices.
const PresetInfo& find_preset(std::string_view strength);

}  // namespace wardmark
