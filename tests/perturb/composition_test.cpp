#include "perturb/composition.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "perturb/apply.h"
#include "perturb/fit.h"
#include "perturb/resample.h"
#include "pictures.h"

using namespace wardmark;
using namespace wardmark::testing;

namespace {

constexpr ItemContext kItem{"a.png", 0, 0, 4};

std::pair<std::string, std::string> refused(const char* methods, Parameters parameters = {}) {
  try {
    find_method(methods).prepare(two_classes(1, std::move(parameters)));
  } catch (const Error& error) {
    return {error.what(), error.hint()};
  }
  return {"taken", ""};
}

}  // namespace

TEST_CASE("a composition has one name in whatever order it is typed") {
  CHECK(find_method("field,cuda").name == "cuda,field");
  CHECK(&find_method("field,cuda") == &find_method("cuda,field"));
  CHECK(find_method("field,ar,lsp,salm,cuda").name == "cuda,salm,lsp,ar,field");
  CHECK(find_composition("cuda") == nullptr);
  CHECK(refused("cuda,cuda").first == "-m cuda,cuda: cuda is named twice");
  CHECK(refused("cuda,em").first == "-m cuda,em: em goes with no other method");
  CHECK(refused("none,field").second == "these go together, each once: cuda, salm, lsp, ar, field");
  CHECK(refused("cuda,").first == "no method was named");
  CHECK(refused(",cuda").first == "no method was named");
  CHECK(refused("cuda,feld").first == "unknown method: feld");
}

TEST_CASE("a composition takes the parameters of its parts, each part its own") {
  const MethodInfo& both = find_method("cuda,field");
  for (const char* name : {"kernel", "p-b", "amplitude", "grating", "train-size"}) {
    CHECK(std::ranges::count(both.parameters, name, &ParameterInfo::name) == 1);
  }
  CHECK(refused("cuda,field", {{"amplitude", "0.1"}, {"kernel", "5"}}).first == "taken");
  CHECK(refused("cuda,field", {{"amplitude", "2"}}).first.starts_with("--amplitude: not"));
  CHECK(refused("cuda,field", {{"kernel", "4"}}).first.starts_with("--kernel: not"));
  CHECK(refused("cuda,field", {{"variant", "paper"}}).second == "use --variant dc");
  CHECK(refused("field,salm", {{"carrier-share", "0.5"}}).second == "leave out --carrier-share and --twins");
  CHECK(refused("field,salm", {{"twins", "0.25"}}).second == "leave out --carrier-share and --twins");
}

TEST_CASE("every part is marked as it is alone under the same key and slot, one after the other") {
  const Image image = waves(48, 40, 3, 8);
  const auto cuda = find_method("cuda").prepare(two_classes());
  const auto lsp = find_method("lsp").prepare(two_classes());
  const auto field = find_method("field").prepare(two_classes());
  std::optional<Note> why;
  Planes wanted = lsp->protect(cuda->protect(to_planes(image), kItem, why), kItem, why);
  const auto rows = field->rows({48, 40, 3, 3, 255}, kItem);
  for (int y = 0; y < 40; ++y) rows->row(y, 48 * 3, wanted.v.data() + static_cast<std::ptrdiff_t>(y) * 48 * 3);
  const Image got = apply(image, *find_method("cuda,lsp,field").prepare(two_classes()), kItem).image;
  for (std::size_t i = 0; i < wanted.v.size(); ++i) {
    REQUIRE(got.raw()[i] == static_cast<int>(std::clamp(wanted.v[i], 0.0f, 255.0f) + 0.5f));
  }
}

TEST_CASE("at native size the parts meet: the filter as it is carried, then the shading") {
  const Image image = waves(500, 400, 3, 8);
  const Image filtered = apply(image, *find_method("cuda").prepare(two_classes()), kItem).image;
  const auto rows = find_method("field").prepare(two_classes())->rows({500, 400, 3, 3, 255}, kItem);
  const Image got = apply(image, *find_method("cuda,field").prepare(two_classes()), kItem).image;
  Planes wanted = to_planes(filtered);
  int most = 0;
  for (int y = 0; y < 400; ++y) {
    float* row = wanted.v.data() + static_cast<std::ptrdiff_t>(y) * 500 * 3;
    rows->row(y, 1500, row);
    for (int i = 0; i < 1500; ++i) {
      most = std::max(
          most, std::abs(got.row<std::uint8_t>(y)[i] - static_cast<int>(std::clamp(row[i], 0.0f, 255.0f) + 0.5f)));
    }
  }
  CHECK(most <= 1);  // rounded once instead of twice
  const Applied bounded = apply(image, *find_method("cuda,field").prepare(two_classes()), kItem, {{}, 9, {}});
  CHECK(bounded.change.max_abs == 9);
}

TEST_CASE("a part that leaves a picture leaves it to the others") {
  const Image image = waves(48, 40, 3, 8);
  const Parameters few = {{"fraction", "0.0001"}};
  const auto both = find_method("cuda,field").prepare(two_classes(1, few));
  CHECK(apply(image, *both, kItem).image == apply(image, *find_method("field").prepare(two_classes()), kItem).image);
  // Nothing happens anywhere in it that salm would go by; lsp marks it.
  Image still(48, 40, 3, 8);
  std::ranges::fill(still.raw(), std::uint8_t{90});
  still.raw()[0] = 91;
  CHECK(apply(still, *find_method("salm").prepare(two_classes()), kItem).left);
  CHECK(apply(still, *find_method("salm,lsp").prepare(two_classes()), kItem).image ==
        apply(still, *find_method("lsp").prepare(two_classes()), kItem).image);
}

TEST_CASE("only what every part allows can be verified, and salm looks at the data first") {
  CHECK(find_method("cuda,field").verifiable);
  CHECK(find_method("cuda,field").prepare(two_classes())->verifiable());
  CHECK(needs_salience(find_method("field,salm"), {}));
  CHECK_FALSE(needs_fit(find_method("field,salm"), {}));
  CHECK_FALSE(needs_salience(find_method("cuda,field"), {}));
  CHECK_THROWS_AS(check_budget({0.1, {}, {}}, find_method("lsp,ar")), Error);
}
