#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "core/random.h"
#include "perturb/apply.h"
#include "perturb/class_texture.h"
#include "perturb/fit.h"
#include "pictures.h"

using namespace wardmark;
using namespace wardmark::testing;

namespace {

FitState some_fit(int width, int height, int channels) {
  FitState fit{"salm", width, height, channels, {"a.png", "b.png"}, false, {}};
  for (std::size_t i = 0; i < 2 * fit.item_samples(); ++i)
    fit.noise.push_back(static_cast<std::int8_t>(static_cast<int>(i * 7 % 17) - 8));
  return fit;
}

const Budget kBudget{8.0 / 255, {}, {}};

Applied applied(const Image& image, const char* id, std::shared_ptr<const FitState> fit, const char* method = "salm",
                Parameters parameters = {}) {
  PrepareInput input = two_classes(1, std::move(parameters));
  input.fit = std::move(fit);
  const auto protector = find_method(method).prepare(input);
  ItemContext item;
  item.id = id;
  item.slot = 4;
  return apply(image, *protector, item, kBudget);
}

}  // namespace

TEST_CASE("a fit is written and read again, and damage is found") {
  FitState fit = some_fit(5, 4, 3);
  std::vector<std::uint32_t> cells(SalienceMap::kSide * SalienceMap::kSide);
  for (std::size_t i = 0; i < cells.size(); ++i) cells[i] = static_cast<std::uint32_t>(i * 2654435761u);
  fit.salience = SalienceMap(cells);
  const Bytes bytes = write_fit_state(fit);
  const FitState back = read_fit_state(bytes);
  CHECK(back.ids == fit.ids);
  CHECK(back.noise == fit.noise);
  CHECK(back.method == "salm");
  CHECK(back.salience.cells() == cells);
  CHECK(read_fit_state(write_fit_state(some_fit(5, 4, 3))).salience.empty());
  CHECK(std::ranges::equal(back.of("b.png"), std::span(fit.noise).subspan(60)));
  CHECK(back.of("c.png").empty());
  for (const std::size_t cut : {std::size_t{0}, std::size_t{10}, bytes.size() - 1}) {
    CHECK_THROWS_AS(read_fit_state(ByteView(bytes).first(cut)), Error);
  }
  Bytes longer = bytes;
  longer.push_back(0);
  CHECK_THROWS_AS(read_fit_state(longer), Error);
  Bytes other = bytes;
  other[12] = '9';
  CHECK_THROWS_AS(read_fit_state(other), Error);
}

TEST_CASE("fitted noise is added as it is at the size it was fitted at, in either depth") {
  const auto fit = std::make_shared<const FitState>(some_fit(20, 16, 3));
  for (const int bits : {8, 16}) {
    const Image image = waves(20, 16, 3, bits);
    const Applied out = applied(image, "b.png", fit);
    const auto noise = fit->of("b.png");
    int differ = 0;
    for (int y = 0; y < 16; ++y) {
      for (int x = 0; x < 20; ++x) {
        for (int c = 0; c < 3; ++c) {
          const int wanted =
              sample(image, x, y, c) + noise[static_cast<std::size_t>((y * 20 + x) * 3 + c)] * (bits == 8 ? 1 : 257);
          if (sample(out.image, x, y, c) != wanted) ++differ;
        }
      }
    }
    CHECK(differ == 0);
  }
}

TEST_CASE(
    "grey pictures get the mean of coloured noise, smaller ones its area average, larger ones stay inside the budget") {
  const auto fit = std::make_shared<const FitState>(some_fit(20, 16, 3));
  const Image grey = waves(20, 16, 1, 8);
  const Applied out = applied(grey, "a.png", fit);
  const auto noise = fit->of("a.png");
  CHECK(std::abs(sample(out.image, 3, 2, 0) - sample(grey, 3, 2, 0) -
                 (noise[43 * 3] + noise[43 * 3 + 1] + noise[43 * 3 + 2]) / 3.0) <= 0.5);
  const Image small = waves(10, 8, 3, 8);
  const Applied shrunk = applied(small, "a.png", fit);
  const double mean = (noise[0] + noise[3] + noise[60] + noise[63]) / 4.0;
  CHECK(std::abs(sample(shrunk.image, 0, 0, 0) - sample(small, 0, 0, 0) - mean) <= 0.5);
  const Image large = waves(400, 300, 3, 8);
  const Applied enlarged = applied(large, "a.png", fit);
  CHECK(enlarged.change.max_abs <= 8);
  CHECK(enlarged.change.max_abs >= 4);
}

TEST_CASE("an item that no fit has seen gets its class's texture where most happens") {
  const Image image = waves(40, 32, 1, 8);
  const Applied out =
      applied(image, "new.png", std::make_shared<const FitState>(some_fit(40, 32, 1)), "salm", {{"rho", "0.25"}});
  const ClassTexture texture = keyed_texture(test_key(1), 4);
  int changed = 0;
  for (int y = 0; y < 32; ++y) {
    for (int x = 0; x < 40; ++x) {
      const int change = sample(out.image, x, y, 0) - sample(image, x, y, 0);
      if (change == 0) continue;
      ++changed;
      CHECK(change == 8 * texture.at(x, y));
    }
  }
  CHECK(changed == 320);
}

TEST_CASE("a constant picture stays") {
  Image image(16, 16, 1, 8);
  std::ranges::fill(image.raw(), std::uint8_t{90});
  const Applied out = applied(image, "x", nullptr);
  CHECK(out.left);
  CHECK(out.notes.front().code == Code::flat);
}

TEST_CASE("parameters of the fitted methods") {
  const auto refused = [](const char* method, Parameters p) {
    try {
      find_method(method).prepare(two_classes(1, std::move(p)));
    } catch (const Error& error) {
      CHECK(error.code() == Code::parameter);
      return std::string(error.what());
    }
    return std::string();
  };
  CHECK(refused("salm", {{"rho", "0"}}) == "--rho: not a number above 0 and up to 1: 0");
  CHECK(refused("salm", {{"rho", "nan"}}) == "--rho: not a number above 0 and up to 1: nan");
  CHECK(refused("em", {{"rho", "0.5"}}) == "--rho: not a parameter of em");
  CHECK(refused("em", {{"scope", "all"}}) == "--scope: not item or class: all");
  CHECK(refused("em", {{"schedule", "slow"}}) == "--schedule: not fast or reference: slow");
  CHECK(refused("pil", {{"carrier-share", "1.1"}}) == "--carrier-share: not a number from 0 to 1: 1.1");
  CHECK(refused("pil", {{"fit-sample", "1"}}) == "--fit-sample: not a number from 2 to 1000000: 1");
  CHECK(refused("em", {{"train-size", "7"}}) == "--train-size: not auto or a number from 8 to 1024: 7");
  CHECK(refused("salm", {{"carrier-share", "0"}, {"rho", "1"}, {"scope", "class"}, {"surrogate", "vgg11_bn"}}).empty());
  CHECK_FALSE(find_method("em").prepare(two_classes())->verifiable());
  CHECK(find_method("em").prepare(two_classes(1, {{"carrier-share", "0.25"}}))->verifiable());
  CHECK(find_method("salm").prepare(two_classes())->verifiable());
  CHECK(needs_fit(find_method("em"), {}));
  CHECK_FALSE(needs_fit(find_method("salm"), {}));
  CHECK(needs_fit(find_method("salm"), {{"carrier-share", "0.9"}}));
  CHECK_FALSE(needs_fit(find_method("cuda"), {}));
}

TEST_CASE("a picture that is flat but for single levels stays, with the reason") {
  Image image(16, 16, 1, 8);
  std::ranges::fill(image.raw(), std::uint8_t{90});
  image.raw()[37] = 91;
  const Applied out = applied(image, "x", nullptr);
  CHECK(out.left);
  REQUIRE(!out.notes.empty());
  CHECK(out.notes.front().code == Code::flat);
}

TEST_CASE("twins differ by the item's own pattern, inside the mask and the budget, in both forms of change") {
  const Image image = waves(40, 32, 1, 8);
  for (const bool fitted : {false, true}) {
    CAPTURE(fitted);
    PrepareInput input = two_classes(1, {{"twins", "0.25"}});
    const auto fit = std::make_shared<const FitState>(some_fit(40, 32, 1));
    if (fitted) input.fit = fit;
    const auto protector = find_method("salm").prepare(input);
    CHECK(protector->twins());
    ItemContext item;
    item.id = "a.png";
    item.slot = 4;
    const Image first = apply(image, *protector, item, kBudget).image;
    item.version = 1;
    const Image second = apply(image, *protector, item, kBudget).image;
    Stream bits(test_key(1).derive("twin-pattern"), "pattern", "a.png");
    std::uint32_t word = 0;
    int wrong = 0, open = 0;
    for (int i = 0; i < 40 * 32; ++i) {
      if (i % 32 == 0) word = bits.u32();
      const int sign = (word >> (i % 32) & 1) != 0 ? 1 : -1;
      const int a = sample(first, i % 40, i / 40, 0) - sample(image, i % 40, i / 40, 0);
      const int b = sample(second, i % 40, i / 40, 0) - sample(image, i % 40, i / 40, 0);
      if (a == 0 && b == 0) continue;
      ++open;
      if (fitted) {
        // What was fitted may go beyond what twins leave: the budget cuts it.
        if (std::abs(a) > 8 || std::abs(b) > 8) ++wrong;
      } else if (a - b != 4 * sign || std::abs(a + b) != 12) {
        ++wrong;
      }
    }
    CHECK(wrong == 0);
    CHECK(open > (fitted ? 1000 : 200));
    CHECK(first.raw().size() == second.raw().size());
  }
  CHECK_FALSE(find_method("salm").prepare(two_classes(1))->twins());
  CHECK_THROWS_AS(find_method("salm").prepare(two_classes(1, {{"twins", "0.01"}})), Error);
  CHECK_THROWS_AS(find_method("salm").prepare(two_classes(1, {{"twins", "0.6"}})), Error);
}
