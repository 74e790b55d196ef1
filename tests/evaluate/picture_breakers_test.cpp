#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "evaluate/crawl.h"
#include "evaluate/gaussian_blur.h"
#include "evaluate/resize.h"
#include "material.h"

using namespace wardmark;
using namespace wardmark::testing;

namespace {

PixelSet after(std::string_view name, const PixelSet& train) {
  BreakerInput input;
  input.train = &train;
  input.codecs = coarse_codecs();
  return prepared(name, input).preprocess(train);
}

// Largest difference between a set and what a function of (picture, row, column, channel) gives, unrounded.
template <class Level>
double worst_difference(const PixelSet& got, Level level) {
  double worst = 0;
  for (std::size_t i = 0; i < got.size(); ++i) {
    for (int y = 0; y < got.height; ++y) {
      for (int x = 0; x < got.width; ++x) {
        for (int c = 0; c < got.channels; ++c)
          worst = std::max(worst, std::fabs(sample(got, i, y, x, c) - std::clamp(level(i, y, x, c), 0.0, 255.0)));
      }
    }
  }
  return worst;
}

int reflected(int place, int size) {
  if (size == 1) return 0;
  while (place < 0 || place >= size) place = place < 0 ? -place : 2 * (size - 1) - place;
  return place;
}

// A Gaussian blur in double, in two dimensions, from its definition.
double plain_blur(const PixelSet& set, std::size_t i, int y, int x, int c, double sigma) {
  const int radius = static_cast<int>(std::ceil(3 * sigma));
  double sum = 0, total = 0;
  for (int v = -radius; v <= radius; ++v) {
    for (int u = -radius; u <= radius; ++u) {
      const double weight = std::exp(-(u * u + v * v) / (2 * sigma * sigma));
      total += weight;
      sum += weight * sample(set, i, reflected(y + v, set.height), reflected(x + u, set.width), c);
    }
  }
  return sum / total;
}

}  // namespace

TEST_CASE("grayscale is luma in all channels") {
  const PixelSet set = pictures(3, 11, 7, 3, 3);
  const PixelSet grey = after("grayscale", set);
  CHECK(worst_difference(grey, [&](std::size_t i, int y, int x, int) {
          return 0.299 * sample(set, i, y, x, 0) + 0.587 * sample(set, i, y, x, 1) + 0.114 * sample(set, i, y, x, 2);
        }) <= 0.51);
}

TEST_CASE("bit depth keeps the highest bits") {
  const PixelSet set = pictures(2, 9, 8, 3, 2);
  for (const int bits : {1, 2, 3, 7}) {
    const PixelSet got = after("bit-depth:" + std::to_string(bits), set);
    const int step = 1 << (8 - bits);
    CHECK(worst_difference(got, [&](std::size_t i, int y, int x, int c) {
            return static_cast<double>(sample(set, i, y, x, c) / step * step);
          }) == 0);
  }
}

TEST_CASE("gaussian and high-pass against the definition, kernels wider than the picture too") {
  for (const auto& [height, width, channels] : {std::array{13, 10, 3}, std::array{5, 6, 1}, std::array{1, 9, 1}}) {
    const PixelSet set = pictures(2, height, width, channels, 2);
    for (const double sigma : {0.8, 2.0}) {
      const std::string number = sigma < 1 ? "0.8" : "2";
      CHECK(worst_difference(after("gaussian:" + number, set), [&](std::size_t i, int y, int x, int c) {
              return plain_blur(set, i, y, x, c, sigma);
            }) <= 0.51);
      CHECK(worst_difference(after("high-pass:" + number, set), [&](std::size_t i, int y, int x, int c) {
              return 128 + sample(set, i, y, x, c) - plain_blur(set, i, y, x, c, sigma);
            }) <= 0.51);
    }
  }
}

TEST_CASE("the published sigma of 0.1 would be an identity") {
  const std::vector<float> weights = gaussian_weights(0.1);
  REQUIRE(weights.size() == 3);
  CHECK(weights[1] == 1.0F);
  CHECK(weights[0] < 1e-20F);
}

TEST_CASE("high-pass removes a constant and a slope, for test pictures alike") {
  PixelSet set = pictures(2, 32, 32, 1, 2);
  for (std::size_t i = 0; i < set.samples.size(); ++i)
    set.samples[i] = static_cast<std::uint8_t>(i / 1024 == 0 ? 200 : 40 + 4 * (i % 32));
  BreakerInput input;
  input.train = &set;
  const Breaker breaker = prepared("high-pass", input);
  const PixelSet got = breaker.preprocess_test(set);
  CHECK(got.samples == breaker.preprocess(set).samples);
  for (int y = 0; y < 32; ++y) {
    CHECK(sample(got, 0, y, 5, 0) == 128);
    for (int x = 8; x < 24; ++x) CHECK(std::abs(sample(got, 1, y, x, 0) - 128) <= 1);
  }
}

TEST_CASE("bilateral against the definition; edges stay") {
  for (const int channels : {1, 3}) {
    const PixelSet set = pictures(2, 9, 12, channels, 2);
    CHECK(worst_difference(after("bilateral:25", set), [&](std::size_t i, int y, int x, int c) {
            double sum = 0, total = 0;
            for (int v = -2; v <= 2; ++v) {
              for (int u = -2; u <= 2; ++u) {
                if (y + v < 0 || y + v >= set.height || x + u < 0 || x + u >= set.width) continue;
                double distance = 0;
                for (int k = 0; k < channels; ++k)
                  distance += std::pow(sample(set, i, y + v, x + u, k) - sample(set, i, y, x, k), 2) / channels;
                const double weight =
                    std::exp(-(u * u + v * v) / (2 * 1.5 * 1.5)) * std::exp(-distance / (2 * 25.0 * 25.0));
                total += weight;
                sum += weight * sample(set, i, y + v, x + u, c);
              }
            }
            return sum / total;
          }) <= 0.51);
  }
}

TEST_CASE("area: the mean over what a pixel covers, for any ratio") {
  const PixelSet set = pictures(2, 10, 21, 3, 2);
  for (const auto& [height, width] : {std::pair{5, 7}, std::pair{4, 9}, std::pair{10, 21}, std::pair{1, 1}}) {
    const PixelSet got = shrunk_by_area(set, height, width);
    // Every input pixel cut into height x width equal parts: whole numbers of parts make an output pixel.
    const int parts_y = got.height, parts_x = got.width;
    CHECK(worst_difference(got, [&](std::size_t i, int y, int x, int c) {
            double sum = 0;
            for (int v = y * set.height; v < (y + 1) * set.height; ++v) {
              for (int u = x * set.width; u < (x + 1) * set.width; ++u)
                sum += sample(set, i, v / parts_y, u / parts_x, c);
            }
            return sum / (set.height * set.width);
          }) <= 0.51);
  }
}

TEST_CASE("resize: smaller by area, larger by bilinear") {
  const PixelSet set = pictures(2, 12, 16, 3, 2);
  const PixelSet large = enlarged_bilinearly(set, 30, 20);
  CHECK(worst_difference(large, [&](std::size_t i, int y, int x, int c) {
          const double v = (y + 0.5) * set.height / 30 - 0.5, u = (x + 0.5) * set.width / 20 - 0.5;
          const int top = static_cast<int>(std::floor(v)), left = static_cast<int>(std::floor(u));
          const auto at = [&](int row, int column) {
            return sample(set, i, std::clamp(row, 0, set.height - 1), std::clamp(column, 0, set.width - 1), c);
          };
          const double across = u - left, down = v - top;
          return (1 - down) * ((1 - across) * at(top, left) + across * at(top, left + 1)) +
                 down * ((1 - across) * at(top + 1, left) + across * at(top + 1, left + 1));
        }) <= 0.51);
  const PixelSet got = after("resize:0.25", set);
  CHECK(got.samples == enlarged_bilinearly(shrunk_by_area(set, 3, 4), 12, 16).samples);
  CHECK(got.samples != set.samples);
}

TEST_CASE("recoding hands every picture to the codec, at the quality asked for, with halved chroma") {
  const PixelSet set = pictures(3, 8, 8, 3, 3);
  BreakerInput input;
  input.train = &set;
  std::vector<int> seen;
  bool halved = false;
  input.codecs.jpeg = [&](int quality, bool subsample) -> Recode {
    halved = subsample;
    return [&seen, quality](std::span<std::uint8_t> samples, int height, int width, int channels) {
      seen.insert(seen.end(), {quality, static_cast<int>(samples.size()), height, width, channels});
      samples[0] = 7;
    };
  };
  const PixelSet got = prepared("jpeg:30", input).preprocess(set);
  CHECK(seen == std::vector<int>{30, 192, 8, 8, 3, 30, 192, 8, 8, 3, 30, 192, 8, 8, 3});
  CHECK(halved);
  for (std::size_t i = 0; i < 3; ++i) CHECK(got.item(i)[0] == 7);
  CHECK(got.item(1)[1] == set.item(1)[1]);
}

TEST_CASE("crawl: 256 px for training and test, JPEG 95 for training only") {
  const PixelSet large = pictures(1, 300, 512, 1, 1);
  BreakerInput input;
  input.train = &large;
  int quality_seen = 0;
  input.codecs.jpeg = [&](int quality, bool) -> Recode {
    return [&quality_seen, quality](std::span<std::uint8_t> samples, int, int, int) {
      quality_seen = quality;
      samples[0] = 1;
    };
  };
  const Breaker breaker = prepared("crawl", input);
  PixelSet train = breaker.preprocess(large);
  const PixelSet test = breaker.preprocess_test(large);
  CHECK(train.height == 256);
  CHECK(train.width == 437);
  CHECK(quality_seen == 95);
  CHECK(train.samples != test.samples);
  train.samples[0] = test.samples[0];
  CHECK(train.samples == test.samples);
  CHECK(test.samples == shrunk_by_area(large, 256, 437).samples);
  const PixelSet small = pictures(1, 64, 256, 1, 1);
  input.train = &small;
  CHECK(!prepared("crawl", input).preprocess_test);
  CHECK(prepared("crawl", input).preprocess(small).same_shape(small));
}
