#include <algorithm>

#include "core/error.h"
#include "core/spelling.h"
#include "perturb/autoregressive_noise.h"
#include "perturb/colour_field.h"
#include "perturb/composition.h"
#include "perturb/cuda_filter.h"
#include "perturb/fit.h"
#include "perturb/method.h"
#include "perturb/none.h"
#include "perturb/patch_noise.h"
#include "perturb/presets.h"

namespace wardmark {
namespace {

std::string hint_for(std::string_view name) {
  if (edit_distance(name, kBest) == 1) return "did you mean " + std::string(kBest) + "?";
  const auto nearest = std::ranges::min_element(
      methods(), {}, [name](const MethodInfo& method) { return edit_distance(name, method.name); });
  if (!name.empty() && edit_distance(name, nearest->name) <= 2)
    return "did you mean " + std::string(nearest->name) + "?";
  std::string all = "choose one of: " + std::string(kBest);
  for (const MethodInfo& method : methods()) all.append(" ").append(method.name);
  return all;
}

}  // namespace

std::optional<std::string> parameter(const Parameters& parameters, std::string_view name) {
  for (const auto& [key, value] : parameters) {
    if (key == name) return value;
  }
  return std::nullopt;
}

void check_parameter_names(std::string_view method, std::span<const ParameterInfo> known, const Parameters& given) {
  for (const auto& [name, value] : given) {
    if (std::ranges::find(known, name, &ParameterInfo::name) != known.end()) continue;
    std::string hint = known.empty() ? "it takes no parameters" : "it takes:";
    for (const ParameterInfo& info : known) hint.append(" --").append(info.name);
    throw Error(Code::parameter, "--" + name + ": not a parameter of " + std::string(method), hint);
  }
}

int usual_train_side(int width, int height, std::optional<int> wanted) {
  constexpr int kPhotographSide = 224;
  const int side = std::min(width, height);
  return std::min(side, wanted.value_or(side <= kSmallPicture ? side : kPhotographSide));
}

bool is_flat(const Planes& picture) {
  const std::size_t c = static_cast<std::size_t>(picture.channels);
  const float tolerance = picture.full_range * 1e-5f;
  for (std::size_t i = c; i < picture.v.size(); ++i) {
    const float step = picture.v[i] - picture.v[i % c];
    if (step > tolerance || step < -tolerance) return false;
  }
  return true;
}

std::span<const MethodInfo> methods() {
  static const std::array kMethods = {
      cuda_filter_method(),      patch_noise_method(),    autoregressive_noise_method(), colour_field_method(),
      error_minimising_method(), sparse_masking_method(), linear_surrogate_method(),     none_method()};
  return kMethods;
}

const MethodInfo& find_method(std::string_view name) {
  for (const MethodInfo& method : methods()) {
    if (method.name == name) return method;
  }
  if (const MethodInfo* composed = find_composition(name)) return *composed;
  if (name.empty()) throw Error(Code::method_missing, "no method was named", hint_for(name));
  throw Error(Code::method_missing, "unknown method: " + std::string(name), hint_for(name));
}

}  // namespace wardmark
