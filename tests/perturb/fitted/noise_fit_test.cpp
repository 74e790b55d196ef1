#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "models/prediction.h"
#include "models/trainer.h"
#include "perturb/class_texture.h"
#include "perturb/fitted/fits.h"
#include "tests/models/small_sets.h"

using namespace wardmark;
using namespace wardmark::testing;

namespace {

PixelSet small_set(int count = 120, int side = 16, int channels = 1, int classes = 3) {
  PixelSet set = striped_set(count, side, channels, classes, 5);
  for (int i = 0; i < count; ++i) {
    char id[16];
    std::snprintf(id, sizeof(id), "%04d", i);
    set.ids.push_back(id);
  }
  return set;
}

FitSettings half_and_half() {
  FitSettings settings;
  settings.carrier = 0.5;
  settings.mask = MaskRule::own;
  return settings;
}

FitInput input_of(const PixelSet& set, FitSettings settings) {
  std::array<std::uint8_t, 32> bytes{};
  bytes[0] = 9;
  settings.surrogates = {"small_cnn"};
  FitInput input{set, {}, Subkey(bytes), settings, {}, 8};
  for (std::size_t c = 0; c < set.classes.size(); ++c) input.slots.push_back(static_cast<std::uint32_t>(2 * c + 1));
  return input;
}

PixelSet changed(const PixelSet& set, const FitState& fit) {
  PixelSet out = set;
  for (std::size_t i = 0; i < set.size(); ++i) {
    const auto noise = fit.of(set.ids[i]);
    for (std::size_t k = 0; k < noise.size(); ++k) {
      const int level = set.item(i)[k] + noise[k];
      CHECK((level >= 0 && level <= 255));
      out.samples[i * noise.size() + k] = static_cast<std::uint8_t>(level);
    }
  }
  return out;
}

double share_changed(const PixelSet& set, const FitState& fit, std::size_t i) {
  const auto noise = fit.of(set.ids[i]);
  const auto channels = static_cast<std::size_t>(set.channels);
  std::size_t pixels = 0;
  for (std::size_t k = 0; k < noise.size(); k += channels) {
    pixels += std::ranges::any_of(noise.subspan(k, channels), [](int v) { return v != 0; }) ? 1 : 0;
  }
  return static_cast<double>(pixels * channels) / static_cast<double>(noise.size());
}

}  // namespace

TEST_CASE("every fitted method stays in its budget, and salm within its share of the pixels") {
  for (const int channels : {1, 3}) {
    const PixelSet set = small_set(90, 16, channels);
    for (const char* method : {"em", "salm", "pil"}) {
      CAPTURE(method);
      FitSettings settings = half_and_half();
      settings.rho = std::string_view(method) == "salm" ? 0.3 : 1.0;
      const auto state = fit(input_of(set, settings), method, {}, Compute{});
      REQUIRE(state);
      CHECK(state->ids == set.ids);
      CHECK(state->noise.size() == set.samples.size());
      CHECK(std::ranges::max(state->noise) <= 8);
      CHECK(std::ranges::min(state->noise) >= -8);
      CHECK(std::ranges::count(state->noise, 0) < static_cast<std::ptrdiff_t>(state->noise.size()));
      changed(set, *state);
      if (settings.rho < 1) {
        for (std::size_t i = 0; i < set.size(); ++i) CHECK(share_changed(set, *state, i) <= 0.3);
      }
    }
  }
}

TEST_CASE("rho 1 is em to the bit") {
  const PixelSet set = small_set();
  FitSettings settings = half_and_half();
  const auto em = fit(input_of(set, settings), "em", {}, Compute{});
  const auto salm = fit(input_of(set, settings), "salm", {}, Compute{});
  CHECK(em->noise == salm->noise);
  settings.rho = 0.5;
  CHECK(em->noise != fit(input_of(set, settings), "salm", {}, Compute{})->noise);
}

TEST_CASE("what is fitted is learned instead of the picture") {
  // Faint stripes, as strong as the budget: a network that is trained on the originals recognises most clean pictures,
  // the same network trained on the changed ones far fewer.
  const auto faint = [](PixelSet pictures) {
    for (std::uint8_t& s : pictures.samples) s = static_cast<std::uint8_t>(110 + s / 9);
    return pictures;
  };
  const PixelSet set = faint(small_set(360, 16, 1, 3)), test = faint(striped_set(150, 16, 1, 3, 77));
  Recipe recipe;
  recipe.architecture = "small_cnn";
  recipe.width = 0.25;
  recipe.epochs = 6;
  recipe.batch = 32;
  const auto accuracy = [&](const PixelSet& train_set) {
    const Trained trained = train(recipe, train_set, nullptr, {}, Compute{});
    return hit_rates(predict(trained.last, test, Compute{}), torch::tensor(test.labels, torch::kLong)).balanced;
  };
  FitSettings settings = half_and_half();
  const auto state = fit(input_of(set, settings), "em", {}, Compute{});
  const double clean = accuracy(set), marked = accuracy(changed(set, *state));
  MESSAGE("clean ", clean, ", em ", marked);
  CHECK(clean > 0.8);
  CHECK(marked < clean - 0.2);
}

TEST_CASE("one noise a class") {
  const PixelSet set = small_set();
  FitSettings settings = half_and_half();
  settings.by_class = true;
  settings.rho = 0.4;
  const auto state = fit(input_of(set, settings), "salm", {}, Compute{});
  REQUIRE(state);
  CHECK(state->by_class);
  CHECK(state->ids == set.classes);
  CHECK(state->noise.size() == 3 * set.item_samples());
  for (std::size_t c = 0; c < 3; ++c) {
    const auto noise = state->of(set.classes[c]);
    CHECK(std::ranges::count_if(noise, [](int v) { return v != 0; }) <= static_cast<std::ptrdiff_t>(0.4 * 256));
    CHECK(std::ranges::count_if(noise, [](int v) { return v != 0; }) > 20);
  }
}

TEST_CASE("the keyed texture keeps its share: noise agrees with it") {
  const PixelSet set = small_set();
  FitSettings settings = half_and_half();
  const FitInput input = input_of(set, settings);
  const auto state = fit(input, "em", {}, Compute{});
  double own = 0, other = 0;
  for (std::size_t i = 0; i < set.size(); ++i) {
    const auto noise = state->of(set.ids[i]);
    const auto c = static_cast<std::size_t>(set.labels[i]);
    const ClassTexture mine = keyed_texture(input.pool_key, input.slots[c]);
    const ClassTexture another = keyed_texture(input.pool_key, 8);
    for (int y = 0; y < 16; ++y) {
      for (int x = 0; x < 16; ++x) {
        const int v = noise[static_cast<std::size_t>(y * 16 + x)];
        own += v * mine.at(x, y);
        other += v * another.at(x, y);
      }
    }
  }
  const double pixels = static_cast<double>(set.samples.size());
  CHECK(own / pixels > 2.5);
  CHECK(std::abs(other / pixels) < 1);
  settings.carrier = 0;
  CHECK(fit(input_of(set, settings), "em", {}, Compute{})->noise != state->noise);
}

TEST_CASE("a shared mask: one place for all pictures, or for all classes") {
  const PixelSet set = small_set();
  SalienceSum sum;
  for (std::size_t i = 0; i < set.size(); ++i) sum.add(local_activity(set.item(i), 16, 16, 1), 16, 16);
  for (const bool by_class : {false, true}) {
    FitSettings settings = half_and_half();
    settings.mask = MaskRule::shared;
    settings.rho = 0.3;
    settings.by_class = by_class;
    FitInput input = input_of(set, settings);
    input.salience = sum.mean();
    const auto state = fit(input, "salm", {}, Compute{});
    std::vector<bool> touched(256);
    for (std::size_t i = 0; i < state->noise.size(); ++i) {
      if (state->noise[i] != 0) touched[i % 256] = true;
    }
    CHECK(std::ranges::count(touched, true) == 76);
  }
}

TEST_CASE("several surrogates and transforms change what is fitted") {
  const PixelSet set = small_set();
  FitSettings settings = half_and_half();
  FitInput input = input_of(set, settings);
  const auto plain = fit(input, "em", {}, Compute{});
  input.settings.augment = {"all"};
  CHECK(fit(input, "em", {}, Compute{})->noise != plain->noise);
  input.settings.augment = {"jpeg", "crop"};
  const auto some = fit(input, "em", {}, Compute{});
  CHECK(some->noise != plain->noise);
  input.settings.augment.clear();
  input.settings.surrogates = {"small_cnn", "resnet18"};
  CHECK(fit(input, "em", {}, Compute{})->noise != plain->noise);
  input.settings.surrogates = {"small_cnn", "none_such"};
  CHECK_THROWS_AS(fit(input, "em", {}, Compute{}), Error);
}

TEST_CASE("every method that needs the engine has a fit, and no other") {
  for (const MethodInfo& method : methods())
    CHECK(method.needs_engine ==
          std::ranges::any_of(fits(), [&](const FitInfo& f) { return f.method == method.name; }));
}

TEST_CASE("a fit that was stopped and resumed ends in the same state") {
  set_threads(1);
  const PixelSet set = small_set();
  for (const char* method : {"em", "salm", "pil"}) {
    for (const bool by_class : {false, true}) {
      CAPTURE(method);
      if (by_class && std::string_view(method) == "pil") continue;
      FitSettings settings = half_and_half();
      settings.augment = {"all"};
      settings.by_class = by_class;
      settings.rho = std::string_view(method) == "salm" ? 0.3 : 1.0;
      const auto input_of = [](const PixelSet& pictures, const FitSettings& given) {
        FitInput input = ::input_of(pictures, given);
        input.settings.surrogates = {"small_cnn", "small_cnn"};
        return input;
      };
      std::vector<Bytes> kept;
      FitControl control;
      control.checkpoint = [&](const Bytes& bytes) { kept.push_back(bytes); };
      const auto whole = fit(input_of(set, settings), method, control, Compute{});
      REQUIRE(!kept.empty());
      for (const std::size_t from : {std::size_t{0}, kept.size() - 1}) {
        const Bytes start = kept[from];
        FitControl rest;
        rest.resume = start;
        CHECK(fit(input_of(set, settings), method, rest, Compute{})->noise == whole->noise);
      }
      FitControl cut;
      int asked = 0;
      cut.stop = [&] { return ++asked > 3; };
      CHECK_FALSE(fit(input_of(set, settings), method, cut, Compute{}));
      const PixelSet other = small_set(90);
      FitControl wrong;
      wrong.resume = kept[0];
      CHECK_THROWS_AS(fit(input_of(other, settings), method, wrong, Compute{}), Error);
      PixelSet relabelled = set;
      std::swap(relabelled.labels[0], relabelled.labels[1]);
      CHECK_THROWS_AS(fit(input_of(relabelled, settings), method, wrong, Compute{}), Error);
    }
  }
}
