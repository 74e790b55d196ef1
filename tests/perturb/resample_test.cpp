#include "perturb/resample.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "pictures.h"

using namespace wardmark;
using namespace wardmark::testing;

namespace {

// Mean over the area of target (x, y), the plain way in double.
double area_mean(const Image& image, int x, int y, int c, int width, int height) {
  const double left = static_cast<double>(x) * image.width() / width;
  const double right = static_cast<double>(x + 1) * image.width() / width;
  const double top = static_cast<double>(y) * image.height() / height;
  const double bottom = static_cast<double>(y + 1) * image.height() / height;
  double sum = 0;
  for (int v = static_cast<int>(top); v < image.height() && v < bottom; ++v) {
    for (int u = static_cast<int>(left); u < image.width() && u < right; ++u) {
      const double w = std::max(0.0, std::min(right, u + 1.0) - std::max<double>(left, u));
      const double h = std::max(0.0, std::min(bottom, v + 1.0) - std::max<double>(top, v));
      sum += w * h * sample(image, u, v, c);
    }
  }
  return sum / ((right - left) * (bottom - top));
}

}  // namespace

TEST_CASE("training sizes keep the aspect and never enlarge") {
  CHECK(training_size(3000, 2000, 224) == Size{336, 224});
  CHECK(training_size(2000, 3000, 224) == Size{224, 336});
  CHECK(training_size(4000, 3000, 224) == Size{299, 224});
  CHECK(training_size(225, 225, 224) == Size{224, 224});
  CHECK(training_size(32, 32, 32) == Size{32, 32});
  CHECK(training_size(100, 50, 224) == Size{100, 50});
  CHECK(training_size(100, 50, 0) == Size{100, 50});
}

TEST_CASE("shares of every source sample add up to one") {
  for (const auto& [from, to] : {std::pair{3000, 224}, {225, 224}, {7, 3}, {8, 8}, {1000, 1}, {5, 4}}) {
    std::vector<double> covered(static_cast<std::size_t>(from));
    for (const AreaSpan& span : area_spans(from, to)) {
      for (int i = span.first; i <= span.last; ++i) {
        covered[static_cast<std::size_t>(i)] += i == span.first ? span.head : i == span.last ? span.tail : 1.0f;
      }
    }
    for (const double c : covered) CHECK(c == doctest::Approx(1.0).epsilon(1e-6));
  }
}

TEST_CASE("area averaging agrees with the plain sum") {
  for (const int bits : {8, 16}) {
    for (const int channels : {1, 2, 3, 4}) {
      const bool alpha = channels == 2 || channels == 4;
      const Image image = waves(101, 67, channels, bits, alpha);
      for (const Size to : {Size{12, 8}, Size{100, 66}, Size{101, 67}, Size{5, 67}, Size{1, 1}}) {
        const Planes small = shrink(image, to.width, to.height);
        REQUIRE(small.channels == image.colour_channels());
        double worst = 0;
        std::size_t i = 0;
        for (int y = 0; y < to.height; ++y) {
          for (int x = 0; x < to.width; ++x) {
            for (int c = 0; c < small.channels; ++c) {
              worst = std::max(worst, std::abs(small.v[i++] - area_mean(image, x, y, c, to.width, to.height)));
            }
          }
        }
        CAPTURE(bits);
        CAPTURE(to.width);
        CHECK(worst < image.full_range() * 2e-6);
      }
    }
  }
}

TEST_CASE("planes leave alpha out") {
  const Image image = waves(5, 4, 4, 16, true);
  const Planes planes = to_planes(image);
  REQUIRE(planes.v.size() == 5 * 4 * 3);
  for (int y = 0; y < 4; ++y) {
    for (int x = 0; x < 5; ++x) {
      for (int c = 0; c < 3; ++c) {
        CHECK(planes.v[static_cast<std::size_t>((y * 5 + x) * 3 + c)] == static_cast<float>(sample(image, x, y, c)));
      }
    }
  }
  const Planes twice = shrink(to_planes(waves(40, 30, 3, 8)), 10, 7);
  const Planes once = shrink(waves(40, 30, 3, 8), 10, 7);
  CHECK(twice.v == once.v);
}
