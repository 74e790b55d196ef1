#include "perturb/cuda_filter.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "core/random.h"
#include "perturb/apply.h"
#include "pictures.h"

using namespace wardmark;
using namespace wardmark::testing;

namespace {

// Cross-correlation in double, straight from the definition.
std::vector<double> plain_correlation(const Image& image, const std::vector<double>& kernel, int side, bool repeat) {
  const int radius = side / 2;
  std::vector<double> out;
  for (int y = 0; y < image.height(); ++y) {
    for (int x = 0; x < image.width(); ++x) {
      for (int c = 0; c < image.colour_channels(); ++c) {
        double sum = 0;
        for (int v = 0; v < side; ++v) {
          for (int u = 0; u < side; ++u) {
            int row = y + v - radius;
            int column = x + u - radius;
            const bool inside = row >= 0 && row < image.height() && column >= 0 && column < image.width();
            if (!inside && !repeat) continue;
            row = std::clamp(row, 0, image.height() - 1);
            column = std::clamp(column, 0, image.width() - 1);
            sum += kernel[static_cast<std::size_t>(v * side + u)] * sample(image, column, row, c);
          }
        }
        out.push_back(sum);
      }
    }
  }
  return out;
}

struct Deviation {
  std::size_t differing = 0;
  int largest = 0;
};

Deviation deviation(const Image& got, const std::vector<int>& wanted) {
  Deviation d;
  std::size_t i = 0;
  for (int y = 0; y < got.height(); ++y) {
    for (int x = 0; x < got.width(); ++x) {
      for (int c = 0; c < got.colour_channels(); ++c) {
        const int off = std::abs(sample(got, x, y, c) - wanted[i++]);
        d.differing += off != 0 ? 1 : 0;
        d.largest = std::max(d.largest, off);
      }
    }
  }
  return d;
}

// The published steps on one picture: zero padding, divided by the largest value, full range, clipped, truncated.
std::vector<int> published_picture(const Image& image, const std::vector<double>& kernel, int side) {
  const std::vector<double> sums = plain_correlation(image, kernel, side, false);
  const double largest = *std::ranges::max_element(sums);
  std::vector<int> out;
  for (const double s : sums) out.push_back(static_cast<int>(std::clamp(s / largest * 255.0, 0.0, 255.0)));
  return out;
}

std::vector<int> brightness_kept_picture(const Image& image, const std::vector<double>& kernel, int side) {
  double total = 0;
  for (const double w : kernel) total += w;
  std::vector<int> out;
  for (const double s : plain_correlation(image, kernel, side, true)) {
    out.push_back(static_cast<int>(std::floor(s / total + 0.5)));
  }
  return out;
}

// The keyed kernel by its written rule.
std::vector<double> ruled_kernel(const Subkey& key, const std::string& slot, int side, double p_b) {
  Stream stream(key.derive("cuda-mark", {slot, std::to_string(side)}), "kernel");
  std::vector<double> kernel(static_cast<std::size_t>(side * side));
  for (double& w : kernel) w = static_cast<float>(p_b * stream.uniform());
  const std::uint32_t row = stream.below(static_cast<std::uint32_t>(side));
  const std::uint32_t column = stream.below(static_cast<std::uint32_t>(side));
  kernel[row * static_cast<std::uint32_t>(side) + column] = 1.0;
  return kernel;
}

PrepareInput ten_digits(std::uint64_t items, Parameters parameters) {
  PrepareInput input = two_classes(1, std::move(parameters));
  input.classes = {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"};
  input.slots = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
  input.items = items;
  return input;
}

}  // namespace

TEST_CASE("paper with a compatibility seed agrees with the published steps on CIFAR-10") {
  const std::vector<CifarRecord> records = cifar(600);
  if (records.empty()) {
    MESSAGE("skipped: no CIFAR-10 pictures");
    return;
  }
  LegacyStream stream(0);
  const std::vector<FilterKernel> kernels = published_kernels(stream, 10, 3, 0.3);
  const MethodInfo& cuda = find_method("cuda");
  const auto protector = cuda.prepare(ten_digits(records.size(), {{"compat-seed", "0"}, {"variant", "paper"}}));
  std::size_t differing = 0;
  int largest = 0;
  std::size_t samples = 0;
  for (std::size_t i = 0; i < records.size(); ++i) {
    const std::uint32_t label = static_cast<std::uint32_t>(records[i].label);
    const Applied applied = apply(records[i].image, *protector, {"x", i, label, 77});
    const std::vector<double> kernel(kernels[label].weights.begin(), kernels[label].weights.end());
    const Deviation d = deviation(applied.image, published_picture(records[i].image, kernel, 3));
    differing += d.differing;
    largest = std::max(largest, d.largest);
    samples += records[i].image.samples();
  }
  MESSAGE("samples off by one level: " << differing << " of " << samples);
  CHECK(largest <= 1);
  CHECK(differing * 1000 <= samples);
}

TEST_CASE("the published draw per picture continues the stream in plan order") {
  LegacyStream stream(0);
  published_kernels(stream, 10, 3, 0.3);
  const MethodInfo& cuda = find_method("cuda");
  const auto protector =
      cuda.prepare(ten_digits(50, {{"compat-seed", "0"}, {"fraction", "0.5"}, {"variant", "paper"}}));
  std::size_t left = 0;
  for (std::size_t i = 0; i < 50; ++i) {
    std::optional<Note> why;
    const bool expected = !(stream.uniform() < 0.5);
    CHECK(protector->leaves({"any", i, 0, 0}, why) == expected);
    CHECK(why.has_value() == expected);
    left += expected ? 1 : 0;
  }
  CHECK(left > 10);
  CHECK(left < 40);
}

TEST_CASE("classes take their published place by number, else by bytes") {
  CHECK(published_places({"0", "1", "10", "2"}) == std::vector<std::size_t>{0, 1, 3, 2});
  CHECK(published_places({"1", "10", "2", "x"}) == std::vector<std::size_t>{0, 1, 2, 3});
  CHECK(published_places({"10", "9"}) == std::vector<std::size_t>{1, 0});
}

TEST_CASE("paper under a key: zero padding, largest value, truncation") {
  const MethodInfo& cuda = find_method("cuda");
  const auto protector = cuda.prepare(two_classes(1, {{"variant", "paper"}}));
  const Image small = waves(40, 33, 3, 8);
  const auto kernel = ruled_kernel(test_key(1), "4", 3, 0.3);
  const Deviation d = deviation(apply(small, *protector, {"a", 0, 0, 4}).image, published_picture(small, kernel, 3));
  CHECK(d.largest <= 1);
  CHECK(d.differing * 500 <= small.samples());
  // At its own size, however large.
  const Image large = waves(300, 260, 1, 8);
  CHECK(protector->train_side(300, 260) == 0);
  const auto wide = ruled_kernel(test_key(1), "2", 9, 0.06);
  const Deviation e = deviation(apply(large, *protector, {"a", 0, 1, 2}).image, published_picture(large, wide, 9));
  CHECK(e.largest <= 1);
  CHECK(e.differing * 500 <= large.samples());
}

TEST_CASE("dc: normalised, repeated borders, rounded half up") {
  const MethodInfo& cuda = find_method("cuda");
  struct Case {
    Image image;
    Parameters parameters;
    int side;
    double p_b;
  };
  const std::vector<Case> cases = {{waves(32, 32, 3, 8), {}, 3, 0.3},
                                   {waves(64, 90, 1, 16), {}, 3, 0.3},
                                   {waves(65, 90, 3, 8), {}, 9, 0.06},
                                   {waves(224, 224, 4, 8, true), {}, 9, 0.06},
                                   {waves(50, 41, 2, 16, true), {{"kernel", "31"}, {"p-b", "1"}}, 31, 1.0}};
  for (const Case& c : cases) {
    const auto protector = cuda.prepare(two_classes(1, c.parameters));
    const Image got = apply(c.image, *protector, {"a", 0, 1, 2}).image;
    const auto kernel = ruled_kernel(test_key(1), "2", c.side, c.p_b);
    const Deviation d = deviation(got, brightness_kept_picture(c.image, kernel, c.side));
    CAPTURE(c.side);
    CAPTURE(c.image.bits());
    CHECK(d.largest <= 1);
    CHECK(d.differing * 100 <= c.image.samples());
    CHECK(got != c.image);
  }
}

TEST_CASE("the training side: own up to 64, else 224, or as told; never above the picture's own") {
  const auto automatic = find_method("cuda").prepare(two_classes());
  CHECK(automatic->train_side(64, 64) == 64);
  CHECK(automatic->train_side(3000, 48) == 48);
  CHECK(automatic->train_side(65, 70) == 65);
  CHECK(automatic->train_side(3000, 2000) == 224);
  const auto told = find_method("cuda").prepare(two_classes(1, {{"train-size", "96"}}));
  CHECK(told->train_side(3000, 2000) == 96);
  CHECK(told->train_side(64, 64) == 64);
}

TEST_CASE("only one plane of filters: grey is treated as a colour channel would be") {
  const MethodInfo& cuda = find_method("cuda");
  const auto protector = cuda.prepare(two_classes());
  const Image grey = waves(48, 40, 1, 8);
  Image colour(48, 40, 3, 8);
  for (int y = 0; y < 40; ++y) {
    for (int i = 0; i < 3 * 48; ++i) colour.row<std::uint8_t>(y)[i] = grey.row<std::uint8_t>(y)[i / 3];
  }
  const Image a = apply(grey, *protector, {"a", 0, 0, 4}).image;
  const Image b = apply(colour, *protector, {"a", 0, 0, 4}).image;
  for (int y = 0; y < 40; ++y) {
    for (int i = 0; i < 3 * 48; ++i) REQUIRE(b.row<std::uint8_t>(y)[i] == a.row<std::uint8_t>(y)[i / 3]);
  }
}

TEST_CASE("black and constant pictures stay, with a note") {
  const MethodInfo& cuda = find_method("cuda");
  for (const char* variant : {"dc", "paper"}) {
    const auto protector = cuda.prepare(two_classes(1, {{"variant", variant}}));
    for (const int level : {0, 200, 255}) {
      for (const int side : {5, 700}) {
        Image image(side, side, 3, 8);
        std::ranges::fill(image.raw(), static_cast<std::uint8_t>(level));
        const Applied applied = apply(image, *protector, {"a", 0, 0, 4});
        CHECK(applied.image == image);
        CHECK(applied.left);
        REQUIRE(applied.notes.size() == 1);
        CHECK(applied.notes[0].code == Code::flat);
      }
    }
  }
}

TEST_CASE("a fraction is drawn by key and item alone") {
  const auto input = [](std::uint8_t key) { return two_classes(key, {{"fraction", "0.3"}}); };
  const auto first = find_method("cuda").prepare(input(1));
  const auto again = find_method("cuda").prepare(input(1));
  const auto other = find_method("cuda").prepare(input(2));
  int left = 0;
  int differing = 0;
  for (std::uint64_t i = 0; i < 2000; ++i) {
    const std::string id = "folder/" + std::to_string(i) + ".png";
    std::optional<Note> why;
    const bool leaves = first->leaves({id, i, 0, 4}, why);
    CHECK(leaves == again->leaves({id, 1999 - i, 1, 2}, why));
    differing += leaves != other->leaves({id, i, 0, 4}, why) ? 1 : 0;
    left += leaves ? 1 : 0;
  }
  CHECK(left > 1320);
  CHECK(left < 1480);
  CHECK(differing > 600);
}
