#include "perturb/added_noise.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "perturb/apply.h"
#include "perturb/autoregressive_noise.h"
#include "perturb/patch_noise.h"
#include "perturb/resample.h"
#include "pictures.h"

using namespace wardmark;
using namespace wardmark::testing;

namespace {

/// The unrounded change.
Planes change_of(const char* method, const Image& image, Parameters parameters, const ItemContext& item) {
  const auto protector = find_method(method).prepare(two_classes(1, std::move(parameters)));
  std::optional<Note> why;
  const Planes before = to_planes(image);
  Planes after = protector->protect(before, item, why);
  for (std::size_t i = 0; i < after.v.size(); ++i) after.v[i] -= before.v[i];
  return after;
}

double rms(const Planes& planes) {
  double sum = 0;
  for (const float v : planes.v) sum += static_cast<double>(v) * v;
  return std::sqrt(sum / static_cast<double>(planes.v.size()));
}

float at(const Planes& p, int x, int y, int c) {
  return p.v[static_cast<std::size_t>((y * p.width + x) * p.channels + c)];
}

std::string refused(const char* method, Parameters parameters) {
  try {
    find_method(method).prepare(two_classes(1, std::move(parameters)));
  } catch (const Error& error) {
    CHECK(error.code() == Code::parameter);
    return error.what();
  }
  return "taken";
}

}  // namespace

TEST_CASE("the noise has its published norm: 6/255 and, of norm 1 over 32 x 32 x 3, 4.6/255") {
  for (const Image& image : {waves(32, 32, 3, 8), waves(224, 224, 3, 8), waves(28, 28, 1, 8), waves(61, 37, 3, 16)}) {
    const double range = image.full_range();
    CHECK(rms(change_of("lsp", image, {}, {"a", 0, 0, 4})) == doctest::Approx(range * 6 / 255).epsilon(1e-4));
    CHECK(rms(change_of("ar", image, {}, {"a", 0, 0, 4})) == doctest::Approx(range * 4.6 / 255).epsilon(1e-4));
    CHECK(rms(change_of("ar", image, {{"noise-rms", "0.1"}}, {"a", 0, 0, 2})) ==
          doctest::Approx(range * 0.1).epsilon(1e-4));
  }
  const double norm = rms(change_of("ar", waves(32, 32, 3, 8), {}, {"a", 0, 0, 4})) / 255 * std::sqrt(3072.0);
  CHECK(norm == doctest::Approx(1).epsilon(0.01));
}

TEST_CASE("lsp: patches of 8 px at 32 px, of 32 px at 224 px, one value each") {
  for (const int side : {32, 224}) {
    const int patch = side == 32 ? 8 : 32;
    const Planes noise = change_of("lsp", waves(side, side, 3, 8), {}, {"a", 0, 0, 4});
    int steps = 0;
    for (int y = 0; y < side; ++y) {
      for (int x = 1; x < side; ++x) {
        for (int c = 0; c < 3; ++c) {
          const float step = std::abs(at(noise, x, y, c) - at(noise, x - 1, y, c));
          if (x % patch != 0) REQUIRE(step < 1e-3f);
          steps += step >= 1e-3f;
        }
      }
    }
    CHECK(steps > side * (side / patch - 1) * 3 * 9 / 10);
  }
}

// Yu et al.: "noise of different classes are linearly separable".
TEST_CASE("lsp: the nearest class centre names the class of every item; two items of a class differ") {
  constexpr std::size_t kFeatures = 48;
  const auto centre = [](std::uint32_t slot) {
    std::vector<double> mean(kFeatures, 0.0);
    for (int i = 0; i < 200; ++i) {
      const auto v = patch_values(test_key(1), slot, "seen " + std::to_string(i), kFeatures);
      for (std::size_t j = 0; j < kFeatures; ++j) mean[j] += v[j] / 200;
    }
    return mean;
  };
  std::vector<std::vector<double>> centres;
  for (std::uint32_t slot = 0; slot < 10; ++slot) centres.push_back(centre(slot));
  int right = 0;
  for (std::uint32_t slot = 0; slot < 10; ++slot) {
    for (int i = 0; i < 40; ++i) {
      const auto v = patch_values(test_key(1), slot, "new " + std::to_string(i), kFeatures);
      const auto distance = [&](const std::vector<double>& c) {
        double sum = 0;
        for (std::size_t j = 0; j < kFeatures; ++j) sum += (v[j] - c[j]) * (v[j] - c[j]);
        return sum;
      };
      right += std::ranges::min_element(centres, {}, distance) - centres.begin() == slot;
    }
  }
  CHECK(right >= 396);
  CHECK(patch_values(test_key(1), 0, "a", kFeatures) != patch_values(test_key(1), 0, "b", kFeatures));
  CHECK(patch_values(test_key(1), 0, "a", kFeatures) != patch_values(test_key(2), 0, "a", kFeatures));
}

// Sandoval-Segura et al.: a filter made of the weights and -1 answers 0 to the class's noise, and not to others'.
TEST_CASE("ar: the matching filter of a class finds nothing in its noise and something in that of others") {
  const Image image = waves(32, 32, 3, 8);
  const auto response = [](const Process& process, const Planes& noise) {
    double sum = 0;
    for (int y = 0; y + 2 < noise.height; ++y) {
      for (int x = 0; x + 2 < noise.width; ++x) {
        double value = 0;
        for (int c = 0; c < 3; ++c) {
          for (int k = 0; k < 9; ++k) {
            const double weight = k == 8 ? -1 : process[static_cast<std::size_t>(c)][static_cast<std::size_t>(k)];
            value += weight * at(noise, x + k % 3, y + k / 3, c);
          }
        }
        sum += std::max(0.0, value);
      }
    }
    return sum / 255;
  };
  const std::vector<Process> processes = keyed_processes(test_key(1), 5);
  REQUIRE(processes.size() == 6);
  for (std::uint32_t slot = 0; slot < 6; ++slot) {
    for (const char* id : {"a", "b"}) {
      const Planes noise = change_of("ar", image, {}, {id, 0, 0, slot});
      for (std::uint32_t other = 0; other < 6; ++other) {
        CAPTURE(slot);
        CAPTURE(other);
        const double answer = response(processes[other], noise);
        if (other == slot) CHECK(answer < 0.01);
        if (other != slot) CHECK(answer > 0.5);
        // Later slots were chosen so; signals vary a little.
        if (other < slot) CHECK(answer > 1.5);
      }
    }
  }
}

TEST_CASE("ar: finite and even at sizes beyond a tile") {
  const Planes noise = change_of("ar", waves(600, 470, 3, 8), {{"train-size", "1024"}}, {"a", 0, 0, 4});
  for (int top = 0; top < 470; top += 235) {
    double sum = 0;
    for (int y = top; y < top + 235; ++y) {
      for (int x = 0; x < 600; ++x)
        sum += std::pow(at(noise, x, y, 0), 2) + std::pow(at(noise, x, y, 1), 2) + std::pow(at(noise, x, y, 2), 2);
    }
    CHECK(std::sqrt(sum / (235 * 600 * 3)) > 2);
    CHECK(std::sqrt(sum / (235 * 600 * 3)) < 7);
  }
}

TEST_CASE("luma noise is the same in every colour, and rgb noise is not") {
  for (const char* method : {"lsp", "ar"}) {
    const Image image = waves(40, 30, 3, 8);
    const Planes luma = change_of(method, image, {{"noise-channels", "luma"}}, {"a", 0, 0, 4});
    const Planes rgb = change_of(method, image, {}, {"a", 0, 0, 4});
    int differing = 0;
    for (int i = 0; i < 1200; ++i) {
      REQUIRE(std::abs(at(luma, i % 40, i / 40, 0) - at(luma, i % 40, i / 40, 2)) < 1e-3f);
      differing += std::abs(at(rgb, i % 40, i / 40, 0) - at(rgb, i % 40, i / 40, 2)) > 1e-3f;
    }
    CHECK(differing > 1000);
  }
}

TEST_CASE("parameters of lsp and ar are checked with flag, value and range") {
  CHECK(refused("lsp", {{"noise-rms", "1"}, {"patches", "16"}, {"train-size", "8"}}) == "taken");
  CHECK(refused("lsp", {{"patches", "0"}}) == "--patches: not a number from 1 to 16: 0");
  CHECK(refused("lsp", {{"patches", "17"}}) == "--patches: not a number from 1 to 16: 17");
  CHECK(refused("ar", {{"noise-rms", "0"}}) == "--noise-rms: not a share above 0: 0");
  CHECK(refused("ar", {{"noise-rms", "1.1"}}) == "--noise-rms: not a share from 0 to 1, as 0.12 or 16/255: 1.1");
  CHECK(refused("ar", {{"noise-channels", "red"}}) == "--noise-channels: not rgb or luma: red");
  CHECK(refused("ar", {{"train-size", "7"}}) == "--train-size: not auto or a number from 8 to 1024: 7");
  CHECK(refused("ar", {{"patches", "4"}}) == "--patches: not a parameter of ar");
}

TEST_CASE("constant pictures stay, with a note") {
  for (const char* method : {"lsp", "ar", "cuda,field"}) {
    const auto protector = find_method(method).prepare(two_classes());
    for (const int side : {5, 300}) {
      Image image(side, side, 3, 8);
      std::ranges::fill(image.raw(), std::uint8_t{90});
      const Applied applied = apply(image, *protector, {"a", 0, 0, 4});
      CHECK(applied.left);
      REQUIRE(applied.notes.size() == 1);
      CHECK(applied.notes[0].code == Code::flat);
    }
  }
}
