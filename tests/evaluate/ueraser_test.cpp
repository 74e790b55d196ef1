#include "evaluate/ueraser.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <vector>

#include "evaluate/plasma.h"
#include "evaluate/trivial_augment.h"
#include "material.h"

using namespace wardmark;
using namespace wardmark::testing;

namespace {

using Operation = TrivialOperation;

torch::Tensor changed(Operation operation, const torch::Tensor& x, double strength, double sign = 1) {
  return trivial_operation(operation, x, torch::full({x.size(0)}, strength), torch::full({x.size(0)}, sign));
}

// Level at whole places, black outside.
double level_at(const torch::Tensor& x, std::int64_t b, std::int64_t c, std::int64_t row, std::int64_t column) {
  if (row < 0 || row >= x.size(2) || column < 0 || column >= x.size(3)) return 0;
  return static_cast<double>(x.accessor<float, 4>()[b][c][row][column]);
}

double bilinear(const torch::Tensor& x, std::int64_t b, std::int64_t c, double row, double column) {
  const std::int64_t top = static_cast<std::int64_t>(std::floor(row));
  const std::int64_t left = static_cast<std::int64_t>(std::floor(column));
  const double down = row - static_cast<double>(top), across = column - static_cast<double>(left);
  return (1 - down) * ((1 - across) * level_at(x, b, c, top, left) + across * level_at(x, b, c, top, left + 1)) +
         down * ((1 - across) * level_at(x, b, c, top + 1, left) + across * level_at(x, b, c, top + 1, left + 1));
}

// Largest difference to a function of (picture, channel, row, column).
template <class Level>
double worst_difference(const torch::Tensor& got, Level level) {
  double worst = 0;
  for (std::int64_t b = 0; b < got.size(0); ++b) {
    for (std::int64_t c = 0; c < got.size(1); ++c) {
      for (std::int64_t y = 0; y < got.size(2); ++y) {
        for (std::int64_t x = 0; x < got.size(3); ++x)
          worst = std::max(worst, std::fabs(level(b, c, y, x) - level_at(got, b, c, y, x)));
      }
    }
  }
  return worst;
}

double luma_at(const torch::Tensor& x, std::int64_t b, std::int64_t row, std::int64_t column) {
  if (x.size(1) == 1) return level_at(x, b, 0, row, column);
  return 0.2989 * level_at(x, b, 0, row, column) + 0.587 * level_at(x, b, 1, row, column) +
         0.114 * level_at(x, b, 2, row, column);
}

}  // namespace

TEST_CASE("TrivialAugment: geometry") {
  const torch::Tensor x = torch::rand({2, 3, 14, 10});
  for (const double sign : {1.0, -1.0}) {
    const double m = 0.99 * sign * 20 / 30;
    CHECK(worst_difference(changed(Operation::shear_x, x, 20, sign), [&](auto b, auto c, auto row, auto column) {
            // About the upper left corner of the picture: half a pixel above the first row.
            return bilinear(x, b, c, static_cast<double>(row),
                            static_cast<double>(column) + m * (static_cast<double>(row) + 0.5));
          }) < 1e-4);
    CHECK(worst_difference(changed(Operation::shear_y, x, 20, sign), [&](auto b, auto c, auto row, auto column) {
            return bilinear(x, b, c, static_cast<double>(row) + m * (static_cast<double>(column) + 0.5),
                            static_cast<double>(column));
          }) < 1e-4);
    CHECK(worst_difference(changed(Operation::translate_x, x, 5, sign), [&](auto b, auto c, auto row, auto column) {
            return bilinear(x, b, c, static_cast<double>(row), static_cast<double>(column) + sign * 32 * 5 / 30);
          }) < 1e-4);
    CHECK(worst_difference(changed(Operation::translate_y, x, 3, sign), [&](auto b, auto c, auto row, auto column) {
            return bilinear(x, b, c, static_cast<double>(row) + sign * 32 * 3 / 30, static_cast<double>(column));
          }) < 1e-4);
    const double angle = sign * 135 * std::numbers::pi / 180 * 7 / 30;
    CHECK(worst_difference(changed(Operation::rotate, x, 7, sign), [&](auto b, auto c, auto row, auto column) {
            const double v = static_cast<double>(row) - 6.5, u = static_cast<double>(column) - 4.5;
            return bilinear(x, b, c, 6.5 - u * std::sin(angle) + v * std::cos(angle),
                            4.5 + u * std::cos(angle) + v * std::sin(angle));
          }) < 1e-4);
  }
}

TEST_CASE("TrivialAugment: brightness and colour") {
  for (const std::int64_t channels : {1, 3}) {
    const torch::Tensor x = torch::rand({2, channels, 6, 7});
    const double f = 1 - 0.99 * 12 / 30;
    const auto clipped = [](double level) { return std::clamp(level, 0.0, 1.0); };
    CHECK(worst_difference(changed(Operation::brightness, x, 12, -1), [&](auto b, auto c, auto y, auto u) {
            return clipped(f * level_at(x, b, c, y, u));
          }) < 1e-5);
    CHECK(worst_difference(changed(Operation::colour, x, 12, 1), [&](auto b, auto c, auto y, auto u) {
            return clipped((2 - f) * level_at(x, b, c, y, u) + (f - 1) * luma_at(x, b, y, u));
          }) < 1e-5 + (channels == 1 ? 1e-5 : 0));
    CHECK(worst_difference(changed(Operation::contrast, x, 12, -1), [&](auto b, auto c, auto y, auto u) {
            double mean = 0;
            for (std::int64_t v = 0; v < 6; ++v) {
              for (std::int64_t w = 0; w < 7; ++w) mean += luma_at(x, b, v, w) / 42;
            }
            return clipped(f * level_at(x, b, c, y, u) + (1 - f) * mean);
          }) < 1e-5);
    CHECK(worst_difference(changed(Operation::sharpness, x, 12, 1), [&](auto b, auto c, auto y, auto u) {
            double smooth = 4 * level_at(x, b, c, y, u);
            for (int v = -1; v <= 1; ++v) {
              for (int w = -1; w <= 1; ++w) smooth += level_at(x, b, c, y + v, u + w);
            }
            const bool edge = y == 0 || u == 0 || y == 5 || u == 6;
            return clipped((2 - f) * level_at(x, b, c, y, u) +
                           (f - 1) * (edge ? level_at(x, b, c, y, u) : smooth / 13));
          }) < 1e-5);
  }
}

TEST_CASE("TrivialAugment: levels") {
  const torch::Tensor x = torch::randint(256, {3, 2, 20, 20}).to(torch::kFloat32) / 255;
  const auto level = [&x](auto b, auto c, auto y, auto u) {
    return static_cast<int>(std::lround(level_at(x, b, c, y, u) * 255));
  };
  for (const auto& [strength, bits] : {std::pair{0, 8}, std::pair{5, 7}, std::pair{14, 5}, std::pair{30, 2}}) {
    CHECK(worst_difference(changed(Operation::posterize, x, strength), [&](auto b, auto c, auto y, auto u) {
            return (level(b, c, y, u) & ((0xFF00 >> bits) & 0xFF)) / 255.0;
          }) < 1e-6);
  }
  CHECK(worst_difference(changed(Operation::solarize, x, 12), [&](auto b, auto c, auto y, auto u) {
          const double v = level_at(x, b, c, y, u);
          return v >= 0.6 ? 1 - v : v;
        }) < 1e-6);
  // Few levels, so that equalisation and stretching change much; one channel flat.
  torch::Tensor dull = (torch::randint(60, {3, 2, 40, 40}) + 90).to(torch::kFloat32) / 255;
  dull.select(0, 1).select(0, 1).fill_(0.25);
  for (const Operation operation : {Operation::auto_contrast, Operation::equalize}) {
    const torch::Tensor got = changed(operation, dull, 15);
    for (std::int64_t b = 0; b < 3; ++b) {
      for (std::int64_t c = 0; c < 2; ++c) {
        std::array<int, 256> count{};
        int darkest = 255, brightest = 0;
        for (std::int64_t i = 0; i < 1600; ++i) {
          const int l = static_cast<int>(std::lround(level_at(dull, b, c, i / 40, i % 40) * 255));
          ++count[static_cast<std::size_t>(l)];
          darkest = std::min(darkest, l);
          brightest = std::max(brightest, l);
        }
        const int step = (1600 - count[static_cast<std::size_t>(brightest)]) / 255;
        for (std::int64_t i = 0; i < 1600; ++i) {
          const double before = level_at(dull, b, c, i / 40, i % 40);
          const int l = static_cast<int>(std::lround(before * 255));
          int below = 0;
          for (int k = 0; k < l; ++k) below += count[static_cast<std::size_t>(k)];
          const double equal = step == 0 ? before : std::min(255, (below + step / 2) / step) / 255.0;
          const double wide = darkest == brightest ? before : (l - darkest) / static_cast<double>(brightest - darkest);
          const double wanted = operation == Operation::equalize ? equal : wide;
          REQUIRE(level_at(got, b, c, i / 40, i % 40) == doctest::Approx(wanted).epsilon(1e-4));
        }
      }
    }
  }
}

TEST_CASE("TrivialAugment draws every operation, one a picture, pictures kept apart") {
  torch::Generator random = generator(1);
  const torch::Tensor x = torch::rand({700, 3, 8, 8});
  const torch::Tensor got = trivial_augment(x, random);
  CHECK(got.sizes() == x.sizes());
  CHECK(got.min().item<float>() >= 0);
  CHECK(got.max().item<float>() <= 1);
  const double same = got.eq(x).flatten(1).all(1).to(torch::kFloat64).mean().item<double>();
  CHECK(same > 1.0 / 14);  // identity, and strengths that change nothing
  CHECK(same < 0.2);
  // Each picture is what one of the operations makes of it.
  std::vector<torch::Tensor> apart;
  for (std::int64_t operation = 0; operation < kTrivialOperations; ++operation) {
    torch::Tensor nearest = torch::full({700}, 1e9);
    for (std::int64_t strength = 0; strength < kTrivialStrengths; ++strength) {
      for (const double sign : {-1.0, 1.0}) {
        const torch::Tensor other = changed(static_cast<Operation>(operation), x, static_cast<double>(strength), sign);
        nearest = torch::minimum(nearest, (other - got).abs().flatten(1).amax(1));
      }
    }
    apart.push_back(nearest);
  }
  const torch::Tensor distance = torch::stack(apart);
  CHECK(std::get<0>(distance.min(0)).max().item<float>() < 1e-5F);
  const torch::Tensor fits = distance.lt(1e-5).sum(1);
  CHECK(fits.min().item<std::int64_t>() > 20);
}

TEST_CASE("plasma: the published start, and every new point between its neighbours") {
  torch::Generator random = generator(4);
  const torch::Tensor start = plasma(3, 3, torch::full({50}, 0.5), random);
  for (std::int64_t i = 0; i < 50; ++i) {
    const torch::Tensor m = start[i];
    const auto v = [&m](int row, int column) { return m[row][column].item<double>(); };
    const double middle = (v(0, 0) + v(0, 2) + v(2, 0) + v(2, 2)) / 4;
    CHECK(v(0, 0) <= 1.0 / 3);
    CHECK(v(1, 1) == doctest::Approx(middle));
    CHECK(v(0, 1) == doctest::Approx(v(0, 0) + v(0, 2) + middle));
    CHECK(v(1, 2) == doctest::Approx(v(0, 2) + v(2, 2) + middle));
    CHECK(v(2, 1) == doctest::Approx(v(2, 0) + v(2, 2) + middle));
    CHECK(v(1, 0) == doctest::Approx(v(0, 0) + v(2, 0) + middle));
  }
  // With roughness 0 nothing is drawn after the start: new points are exactly the mean of their neighbours.
  const torch::Tensor smooth = plasma(9, 9, torch::zeros({5}), random);
  for (std::int64_t i = 0; i < 5; ++i) {
    const torch::Tensor m = smooth[i];
    const auto v = [&m](int row, int column) { return m[row][column].item<double>(); };
    for (int y = 1; y < 9; y += 2) {
      for (int x = 1; x < 9; x += 2)
        CHECK(v(y, x) == doctest::Approx((v(y - 1, x - 1) + v(y - 1, x + 1) + v(y + 1, x - 1) + v(y + 1, x + 1)) / 4));
    }
    for (int y = 0; y < 9; ++y) {
      for (int x = 0; x < 9; ++x) {
        if ((y + x) % 2 == 0) continue;
        double sum = 0, n = 0;
        // Neighbours at distance 1, as far as the map goes.
        for (const auto& [dy, dx] : {std::pair{-1, 0}, std::pair{1, 0}, std::pair{0, -1}, std::pair{0, 1}}) {
          if (y + dy < 0 || y + dy > 8 || x + dx < 0 || x + dx > 8) continue;
          sum += v(y + dy, x + dx);
          n += 1;
        }
        CHECK(v(y, x) == doctest::Approx(sum / n));
      }
    }
  }
  const torch::Tensor rough = plasma(20, 33, torch::full({40}, 0.7), random);
  CHECK(rough.sizes() == torch::IntArrayRef({40, 20, 33}));
  CHECK(rough.min().item<float>() >= 0);
  CHECK(rough.max().item<float>() <= 1);
  const auto grain = [](const torch::Tensor& m) { return m.diff(1, 2).abs().mean().item<double>(); };
  torch::Generator same = generator(4), again = generator(4);
  CHECK(grain(plasma(33, 33, torch::full({40}, 0.7), same)) >
        1.5 * grain(plasma(33, 33, torch::full({40}, 0.3), again)));
}

TEST_CASE("a draw stays in range and leaves only some pictures alone") {
  torch::Generator random = generator(6);
  const torch::Tensor x = torch::rand({400, 3, 16, 16});
  const torch::Tensor before = x.clone();
  const torch::Tensor got = ueraser_draw(x, random);
  CHECK(torch::equal(x, before));
  CHECK(got.min().item<float>() >= 0);
  CHECK(got.max().item<float>() <= 1);
  // Nothing of brightness, contrast, shuffle (a sixth of which keeps the order) and TrivialAugment happens: about 1 %.
  CHECK(got.eq(x).flatten(1).all(1).to(torch::kFloat64).mean().item<double>() < 0.06);
}

TEST_CASE("max takes the draw of the largest loss, picture by picture, and learns from it") {
  Classifier model = tiny_classifier(3, 4);
  const Batch batch = batch_of(24, 3, 12, 12, 4);
  torch::Generator random = generator(8);
  const torch::Tensor worst = worst_of_draws(model, batch, 5, random);
  CHECK(model.network->is_training());
  // The same draws, judged by a twin, one after the other.
  Classifier twin = tiny_classifier(3, 4);
  torch::Generator again = generator(8);
  std::vector<torch::Tensor> draws, losses;
  for (int i = 0; i < 5; ++i) {
    draws.push_back(ueraser_draw(batch.x, again));
    losses.push_back(batch_loss(twin(draws.back()), batch, true).detach());
  }
  for (std::int64_t b = 0; b < 24; ++b) {
    std::size_t largest = 0;
    for (std::size_t i = 1; i < 5; ++i) {
      if (losses[i][b].item<float>() > losses[largest][b].item<float>()) largest = i;
    }
    REQUIRE(torch::equal(worst[b], draws[largest][b]));
  }
}
