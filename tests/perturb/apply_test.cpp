#include "perturb/apply.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>
#include <string>

#include "core/error.h"
#include "pictures.h"

using namespace wardmark;
using namespace wardmark::testing;

namespace {

constexpr ItemContext kItem{"a.png", 0, 0, 4};

Image protect_with(const MethodInfo& method, const PrepareInput& input, const Image& image,
                   const ItemContext& item = kItem, const Budget& budget = {}) {
  return apply(image, *method.prepare(input), item, budget).image;
}

std::vector<MethodInfo> rows_and_compositions() {
  std::vector<MethodInfo> all(methods().begin(), methods().end());
  for (const char* name : {"cuda,field", "salm,lsp", "cuda,salm,lsp,ar,field"}) all.push_back(find_method(name));
  return all;
}

std::string fingerprint(const Image& image) { return to_hex(digest(nullptr, "test", {image.raw()})).substr(0, 16); }

// Adds a fixed value everywhere at training size `side`.
class Additive final : public Protector {
 public:
  Additive(int side, float value) : side_(side), value_(value) {}
  int train_side(int, int) const override { return side_; }
  Planes protect(const Planes& picture, const ItemContext&, std::optional<Note>&) const override {
    Planes out = picture;
    for (float& v : out.v) v += value_;
    return out;
  }

 private:
  int side_;
  float value_;
};

}  // namespace

TEST_CASE("every method: the same key gives the same bytes, another key or slot gives others") {
  for (const MethodInfo& method : rows_and_compositions()) {
    CAPTURE(method.name);
    const bool changes = method.effect != Effect::none;
    for (const Image& image : {waves(32, 32, 3, 8), waves(500, 333, 3, 8), waves(300, 400, 1, 16)}) {
      const Image once = protect_with(method, two_classes(1), image);
      CHECK(once == protect_with(method, two_classes(1), image));
      CHECK((once != image) == changes);
      CHECK((once != protect_with(method, two_classes(2), image)) == changes);
      CHECK((once != protect_with(method, two_classes(1), image, {"a.png", 0, 0, 2})) == changes);
      CHECK((once != protect_with(method, two_classes(1), image, {"a.png", 0, 0, 100})) == changes);
    }
  }
}

TEST_CASE("every method: names and order of classes and the other items do not matter, only the slot") {
  const Image image = waves(120, 90, 3, 8);
  for (const MethodInfo& method : rows_and_compositions()) {
    PrepareInput renamed = two_classes(1);
    renamed.classes = {"1", "2", "3"};
    renamed.slots = {9, 4, 7};
    renamed.items = 1000;
    CHECK(protect_with(method, two_classes(1), image) == protect_with(method, renamed, image, {"a.png", 900, 1, 4}));
  }
}

TEST_CASE("every method: any size, depth and channels; shape and alpha stay") {
  for (const MethodInfo& method : rows_and_compositions()) {
    for (const char* variant : {"dc", "paper"}) {
      const bool has_variants = method.name == "cuda";
      PrepareInput input = two_classes(1);
      if (has_variants) input.parameters = {{"variant", variant}};
      const auto protector = method.prepare(input);
      for (const int bits : {8, 16}) {
        for (int layout = 0; layout < 6; ++layout) {
          const int channels = std::array{1, 2, 2, 3, 4, 4}[static_cast<std::size_t>(layout)];
          const bool alpha = layout == 2 || layout == 5;
          for (const auto& [w, h] :
               {std::pair{1, 1}, {1, 8}, {8, 1}, {2, 3}, {5, 5}, {8, 8}, {400, 226}, {230, 1000}}) {
            const Image image = waves(w, h, channels, bits, alpha);
            const Applied applied = apply(image, *protector, kItem);
            REQUIRE(applied.image.same_shape(image));
            for (int y = 0; alpha && y < h; ++y) {
              for (int x = 0; x < w; ++x) {
                REQUIRE(sample(applied.image, x, y, channels - 1) == sample(image, x, y, channels - 1));
              }
            }
            CHECK(applied.change.samples == static_cast<std::uint64_t>(w) * static_cast<std::uint64_t>(h) *
                                                static_cast<std::uint64_t>(image.colour_channels()));
          }
        }
      }
    }
  }
}

TEST_CASE("every method keeps to --max-change, at any size and depth") {
  for (const MethodInfo& method : rows_and_compositions()) {
    for (const Image& image : {waves(60, 50, 4, 8, true), waves(900, 500, 3, 8), waves(600, 700, 1, 16)}) {
      for (const int limit : {0, 1, 5}) {
        const auto protector = method.prepare(two_classes(1));
        const Applied applied = apply(image, *protector, kItem, {{}, limit, {}});
        CHECK(applied.change.max_abs <= limit);
        CHECK(applied.change.max_abs == (method.effect == Effect::none ? 0 : limit));
        CHECK(measure(image, applied.image).max_abs == applied.change.max_abs);
      }
    }
  }
}

TEST_CASE("apply() does not trust a method with range, budget, shape or numbers") {
  const Image image = waves(40, 30, 3, 8);
  const Image large = waves(400, 300, 3, 8);
  for (const float value : {1e9f, -1e9f, 300.0f}) {
    CHECK(apply(image, Additive(0, value), kItem, {8.0 / 255, {}, {}}).change.max_abs == 8);
    CHECK(apply(large, Additive(16, value), kItem, {8.0 / 255, {}, {}}).change.max_abs == 8);
  }
  const Image raised = apply(image, Additive(0, 1e9f), kItem).image;
  for (const std::uint8_t v : raised.raw()) REQUIRE(v == 255);
  const Image lowered = apply(image, Additive(0, -1e9f), kItem).image;
  for (const std::uint8_t v : lowered.raw()) REQUIRE(v == 0);
  CHECK_THROWS_AS(apply(image, Additive(0, std::numeric_limits<float>::quiet_NaN()), kItem), Error);
  CHECK_THROWS_AS(apply(large, Additive(16, std::numeric_limits<float>::infinity()), kItem), Error);
}

TEST_CASE("an additive constant is stored as it is, at its own size and carried") {
  const Image image = waves(400, 300, 3, 8);
  for (const int side : {0, 100}) {
    const Applied applied = apply(image, Additive(side, 3.0f), kItem);
    CHECK(applied.change.max_abs == 3);
    CHECK(applied.change.sum_sq == 9 * image.samples());
  }
  CHECK(apply(image, Additive(0, 0.5f), kItem).change.sum_sq == image.samples());
  CHECK(apply(image, Additive(0, 0.49f), kItem).change.sum_sq == 0);
}

TEST_CASE("measuring nothing gives the same picture") {
  const Image image = waves(700, 600, 3, 8);
  const MethodInfo& cuda = find_method("cuda");
  const auto protector = cuda.prepare(two_classes());
  const Applied full = apply(image, *protector, kItem);
  const Applied unmeasured = apply(image, *protector, kItem, {}, Measuring::nothing);
  CHECK(full.image == unmeasured.image);
  CHECK(unmeasured.change.sum_sq == 0);
  CHECK(unmeasured.change.samples == full.change.samples);
  CHECK(full.change.ssim < 10000);
  CHECK(full.change == measure(image, full.image));
}

TEST_CASE("pages of one file are pictures of their own with one mark") {
  const Image first = waves(300, 240, 3, 8), second = waves(300, 240, 3, 8, false, 77);
  Picture picture;
  picture.frames = 2;
  picture.image = Image(300, 480, 3, 8);
  std::ranges::copy(first.raw(), picture.image.raw().begin());
  std::ranges::copy(second.raw(), picture.image.raw().begin() + static_cast<std::ptrdiff_t>(first.raw().size()));
  for (const MethodInfo& method : rows_and_compositions()) {
    CAPTURE(method.name);
    const auto protector = method.prepare(two_classes(1));
    const Applied both = apply(picture, *protector, kItem);
    const Applied one = apply(first, *protector, kItem), other = apply(second, *protector, kItem);
    CHECK(std::ranges::equal(both.image.raw().first(first.raw().size()), one.image.raw()));
    CHECK(std::ranges::equal(both.image.raw().last(first.raw().size()), other.image.raw()));
    CHECK(both.change.sum_sq == one.change.sum_sq + other.change.sum_sq);
    CHECK(both.change.samples == one.change.samples + other.change.samples);
    CHECK(both.left == (one.left && other.left));
  }
}

TEST_CASE("none leaves everything") {
  const MethodInfo& none = find_method("none");
  const Applied applied = apply(waves(300, 300, 3, 8), *none.prepare(two_classes()), kItem);
  CHECK(applied.left);
  CHECK(applied.image == waves(300, 300, 3, 8));
  CHECK(applied.notes.empty());
  CHECK(applied.change.max_abs == 0);
}

// The bytes are part of the format: they must not depend on processor, compiler or AVX2. Another value here means that
// releases made before cannot be made again.
TEST_CASE("known answers") {
  const auto answer = [&](const Image& image, Parameters parameters, const char* method = "cuda") {
    const Applied applied = apply(image, *find_method(method).prepare(two_classes(7, std::move(parameters))), kItem);
    return fingerprint(applied.image) + " " + std::to_string(applied.change.ssim) + " " +
           std::to_string(applied.change.ciede2000_p95);
  };
  CHECK(answer(waves(32, 32, 3, 8), {}) == "09fcb84b62e88a62 8173 1771");
  CHECK(answer(waves(1201, 803, 3, 8), {}) == "7747a7144551301e 5086 904");
  CHECK(answer(waves(1201, 803, 4, 16, true), {}) == "9b01c20cd27ad29a 5101 901");
  CHECK(answer(waves(257, 241, 1, 16), {}) == "1be617e3288ff323 5884 761");
  CHECK(answer(waves(300, 200, 3, 8), {{"variant", "paper"}}) == "9ca24e78fb32d4df 6071 2663");
  CHECK(answer(waves(300, 200, 3, 8), {{"kernel", "5"}, {"p-b", "0.2"}, {"train-size", "150"}}) ==
        "587e5314f9a68dea 7214 1379");
  CHECK(answer(waves(32, 32, 3, 8), {}, "field") == "a68c1dd4c2a47cdb 9876 739");
  CHECK(answer(waves(1201, 803, 4, 16, true), {{"grating", "0.05"}, {"phase", "item"}}, "field") ==
        "a1aaa473a51cf519 9955 987");
  CHECK(answer(waves(32, 32, 3, 8), {}, "lsp") == "694cf4c5c9eb7976 9800 1079");
  CHECK(answer(waves(32, 32, 3, 8), {}, "ar") == "18ba8baded0fbbab 9851 746");
  CHECK(answer(waves(500, 333, 3, 8), {}, "cuda,salm,lsp,ar,field") == "a2e1948a1e1a0bb7 5337 1905");
}
