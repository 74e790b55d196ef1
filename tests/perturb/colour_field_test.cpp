#include "perturb/colour_field.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <set>

#include "core/error.h"
#include "perturb/apply.h"
#include "perturb/wave_rows.h"
#include "pictures.h"

using namespace wardmark;
using namespace wardmark::testing;

namespace {

constexpr ItemContext kItem{"a.png", 0, 0, 4};

Image protect_with(const Image& image, Parameters parameters, const ItemContext& item = kItem) {
  return apply(image, *find_method("field").prepare(two_classes(1, std::move(parameters))), item).image;
}

/// Grey of one level but for a corner, so that it is not constant.
Image level(int width, int height, int channels, int value) {
  Image image(width, height, channels, 8);
  std::ranges::fill(image.raw(), static_cast<std::uint8_t>(value));
  image.raw()[0] = static_cast<std::uint8_t>(value ^ 1);
  return image;
}

int largest_change(const Image& a, const Image& b) { return measure(a, b, Measuring::similarity).max_abs; }

double mean_square_gap(const Image& a, const Image& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.raw().size(); ++i) sum += std::pow(a.raw()[i] - b.raw()[i], 2);
  return sum / static_cast<double>(a.raw().size());
}

std::string refused(Parameters parameters) {
  try {
    field_settings(parameters);
  } catch (const Error& error) {
    CHECK(error.code() == Code::parameter);
    return error.what();
  }
  return "taken";
}

}  // namespace

TEST_CASE("the written cosine is the cosine") {
  for (const double turns : {0.0, 0.125, 0.25, 0.5, 0.75, 1.0, -0.3, 17.3, -1234.5678, 1000000.1}) {
    CAPTURE(turns);
    CHECK(std::abs(written_cosine(turns) - std::cos(2 * std::numbers::pi * turns)) < 1e-8);
    CHECK(std::abs(written_sine(turns) - std::sin(2 * std::numbers::pi * turns)) < 1e-8);
  }
  for (int i = -2000; i <= 2000; ++i) {
    const double turns = i / 1000.0;
    REQUIRE(std::abs(written_cosine(turns) - std::cos(2 * std::numbers::pi * turns)) < 1e-13);
  }
}

TEST_CASE("rows of waves are the waves, opacity none") {
  const std::vector<std::vector<Wave>> colours = {
      {{1.5, -2, 0.3, 2}, {0, 3, 0, 1}}, {{-2.25, 0.5, 0.9, 1}, {4, 4, 0.5, 0}}, {{0, 0, 0.125, 5}, {1, 1, 0.1, 1}}};
  WaveRows rows({37, 21, 3, 4, 255}, colours);
  for (int y = 0; y < 21; ++y) {
    if (y % 8 == 0) rows.band(y, std::min(8, 21 - y));
    const float* row = rows.strip(y, 0, 37 * 4);
    for (int x = 0; x < 37; ++x) {
      for (std::size_t c = 0; c < 3; ++c) {
        double wanted = 0;
        for (const Wave& w : colours[c]) {
          const double turns = w.across * (x + 0.5) / 37 + w.down * (y + 0.5) / 21 + w.start;
          wanted += w.weight * std::cos(2 * std::numbers::pi * turns);
        }
        REQUIRE(std::abs(row[4 * x + static_cast<int>(c)] - wanted) < 1e-5);
      }
      REQUIRE(row[4 * x + 3] == 0);
    }
  }
}

TEST_CASE("a shading stays inside its share of each sample, a grating inside its share of the range") {
  const Image image = waves(200, 150, 3, 8);
  for (const double amplitude : {0.02, 0.12, 1.0}) {
    const Image shaded = protect_with(image, {{"amplitude", std::to_string(amplitude)}});
    int most = 0;
    for (std::size_t i = 0; i < image.raw().size(); ++i) {
      const int change = std::abs(shaded.raw()[i] - image.raw()[i]);
      REQUIRE(change <= amplitude * image.raw()[i] + 0.5001);
      most = std::max(most, change);
    }
    CHECK(most >= static_cast<int>(0.5 * amplitude * 120));
  }
  const Image grated = protect_with(image, {{"amplitude", "0"}, {"grating", "16/255"}, {"gratings", "1"}});
  CHECK(largest_change(image, grated) == 16);
  CHECK(mean_square_gap(image, grated) == doctest::Approx(128).epsilon(0.05));
  const Image added = protect_with(image, {{"amplitude", "10/255"}, {"mode", "additive"}});
  CHECK(largest_change(image, added) <= 10);
  CHECK(largest_change(image, added) >= 5);
}

TEST_CASE("grey pictures get gratings unless told otherwise, colour pictures do not") {
  const Image grey = level(64, 64, 1, 100), colour = level(64, 64, 3, 100);
  CHECK(largest_change(grey, protect_with(grey, {})) > 12);
  CHECK(largest_change(grey, protect_with(grey, {{"grating", "0"}})) <= 12);
  CHECK(protect_with(colour, {}) == protect_with(colour, {{"grating", "0"}}));
}

TEST_CASE("the mark belongs to the unit square: a picture twice as large, halved, is marked as the small one") {
  for (const char* mode : {"multiplicative", "additive"}) {
    const Parameters parameters = {{"grating", "0.05"}, {"mode", mode}};
    const Image small = protect_with(level(64, 48, 3, 120), parameters);
    const Image large = protect_with(level(512, 384, 3, 120), parameters);
    int most = 0;
    for (int y = 0; y < 48; ++y) {
      for (int i = 0; i < 3 * 64; ++i) {
        int sum = 0;
        for (int v = 0; v < 8; ++v) {
          for (int u = 0; u < 8; ++u) sum += sample(large, 8 * (i / 3) + u, 8 * y + v, i % 3);
        }
        most = std::max(most, std::abs(sum / 64 - small.row<std::uint8_t>(y)[i]));
      }
    }
    CHECK(most <= 1);
  }
}

TEST_CASE("chroma keeps luma, luma keeps colour") {
  const Image image = level(90, 70, 3, 128);
  const Image chroma = protect_with(image, {{"channels", "chroma"}, {"mode", "additive"}, {"amplitude", "0.2"}});
  const Image luma = protect_with(image, {{"channels", "luma"}});
  int most = 0;
  for (std::size_t i = 3; i < image.raw().size(); i += 3) {
    const auto* v = chroma.raw().data() + i;
    REQUIRE(std::abs(0.299 * v[0] + 0.587 * v[1] + 0.114 * v[2] - 128) <= 0.51);
    most = std::max(most, std::abs(v[0] - 128));
    REQUIRE(luma.raw()[i] == luma.raw()[i + 1]);
    REQUIRE(luma.raw()[i] == luma.raw()[i + 2]);
  }
  CHECK(most > 15);
  CHECK(largest_change(image, luma) > 6);
}

TEST_CASE("phase item: the same class differs from item to item; fixed: it does not") {
  const Image image = level(64, 64, 3, 120);
  const ItemContext other{"b.png", 5, 0, 4};
  CHECK(protect_with(image, {}) == protect_with(image, {}, other));
  const Parameters by_item = {{"phase", "item"}};
  CHECK(protect_with(image, by_item) == protect_with(image, by_item));
  CHECK(mean_square_gap(protect_with(image, by_item), protect_with(image, by_item, other)) > 4);
}

TEST_CASE("waves lie in their bands, and slots and keys have their own") {
  FieldSettings settings;
  settings.low = 2;
  settings.high = 5;
  settings.waves = 16;
  settings.gratings = 32;
  std::set<double> seen;
  for (const std::uint8_t key : {std::uint8_t{1}, std::uint8_t{2}}) {
    for (const std::uint32_t slot : {0u, 1u, 77u}) {
      const FieldMark mark = keyed_field(test_key(key), slot, settings);
      for (const auto& waves : mark.fields) {
        REQUIRE(waves.size() == 16);
        for (const Wave& w : waves) {
          const double longest = std::max(std::abs(w.across), std::abs(w.down));
          REQUIRE(longest >= 2);
          REQUIRE(longest <= 5);
          CHECK(seen.insert(w.across).second);
        }
      }
      REQUIRE(mark.gratings.size() == 32);
      for (const Wave& w : mark.gratings) {
        const double cycles = std::hypot(w.across, w.down);
        REQUIRE(cycles >= 3 - 1e-9);
        REQUIRE(cycles <= 4.5 + 1e-9);
      }
    }
  }
}

TEST_CASE("constant pictures stay, with a note, also among frames and with opacity") {
  const auto protector = find_method("field").prepare(two_classes());
  for (const int value : {0, 100, 255}) {
    Image image(50, 40, 4, 8, true);
    std::ranges::fill(image.raw(), static_cast<std::uint8_t>(value));
    image.raw()[3] = 7;  // opacity
    const Applied applied = apply(image, *protector, kItem);
    CHECK(applied.left);
    REQUIRE(applied.notes.size() == 1);
    CHECK(applied.notes[0].code == Code::flat);
  }
  Picture picture;
  picture.frames = 2;
  picture.image = Image(32, 32, 1, 16);
  for (int y = 0; y < 32; ++y) {
    for (int x = 0; x < 32; ++x)
      picture.image.row<std::uint16_t>(y)[x] = y < 16 ? 1200 : static_cast<std::uint16_t>(1000 + 10 * x);
  }
  FrameTone tone;
  tone.black = 1000;
  tone.white = 1400;
  tone.most = 9;
  tone.free = {{1001, 1309}};
  picture.tones.assign(2, tone);
  const Applied applied = apply(picture, *protector, kItem);
  CHECK_FALSE(applied.left);
  CHECK(applied.change.max_abs == 9);
  for (int y = 0; y < 32; ++y) {
    for (int x = 0; x < 32; ++x) {
      const int before = sample(picture.image, x, y, 0), after = sample(applied.image, x, y, 0);
      REQUIRE(std::abs(after - before) <= (y < 16 || before < 1001 || before > 1309 ? 0 : 9));
    }
  }
}

TEST_CASE("parameters of field are checked with flag, value and range") {
  CHECK(refused({{"amplitude", "1"}, {"cycles", "64"}, {"gratings", "32"}, {"waves", "16"}}) == "taken");
  CHECK(refused({{"amplitude", "12/255"}, {"cycles", "0-0.5"}, {"gratings", "1"}, {"waves", "1"}}) == "taken");
  CHECK(refused({{"amplitude", "1.01"}}) == "--amplitude: not a share from 0 to 1, as 0.12 or 16/255: 1.01");
  CHECK(refused({{"amplitude", "-0.1"}}).starts_with("--amplitude: not a share"));
  CHECK(refused({{"amplitude", "1/0"}}).starts_with("--amplitude: not a share"));
  CHECK(refused({{"amplitude", "nan"}}).starts_with("--amplitude: not a share"));
  CHECK(refused({{"waves", "17"}}) == "--waves: not a number from 1 to 16: 17");
  CHECK(refused({{"cycles", "65"}}) == "--cycles: not HIGH or LOW-HIGH with 0 <= LOW <= HIGH, 0 < HIGH <= 64: 65");
  CHECK(refused({{"cycles", "3-1"}}).starts_with("--cycles: not"));
  CHECK(refused({{"cycles", "0"}}).starts_with("--cycles: not"));
  CHECK(refused({{"grating-cycles", "3"}}).starts_with("--grating-cycles: not LOW-HIGH"));
  CHECK(refused({{"channels", "red"}}) == "--channels: not rgb, luma or chroma: red");
  CHECK(refused({{"mode", "both"}}) == "--mode: not multiplicative or additive: both");
  CHECK(refused({{"phase", "random"}}) == "--phase: not fixed or item: random");
  CHECK(refused({{"amplitude", "0"}, {"grating", "0"}}) == "--amplitude: 0 and --grating 0 leave nothing to change");
}
