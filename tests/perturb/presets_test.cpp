#include "perturb/presets.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "core/error.h"
#include "pictures.h"

using namespace wardmark;

TEST_CASE("what best stands for is a method that can be verified, with parameters it takes") {
  std::set<std::string_view> strengths;
  for (const PresetInfo& preset : presets()) {
    INFO(preset.strength);
    CHECK(strengths.insert(preset.strength).second);
    CHECK(find_preset(preset.strength).method == preset.method);
    const MethodInfo& method = find_method(preset.method);
    CHECK(method.verifiable);
    PrepareInput input;
    input.classes = {"a", "b"};
    input.slots = {0, 1};
    input.items = 2;
    input.epsilon = method.epsilon;
    for (const auto& [name, value] : preset.parameters) input.parameters.emplace_back(name, value);
    std::ranges::sort(input.parameters);
    check_parameter_names(method.name, method.parameters, input.parameters);
    CHECK(method.prepare(input)->verifiable());
  }
  CHECK(strengths.contains(kUsualStrength));
  CHECK(std::ranges::find(methods(), kBest, &MethodInfo::name) == methods().end());
  CHECK_THROWS_AS(find_preset("loud"), Error);
}
