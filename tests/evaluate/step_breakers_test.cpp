#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>

#include "evaluate/coin.h"
#include "evaluate/cutmix.h"
#include "evaluate/cutout.h"
#include "evaluate/mixup.h"
#include "evaluate/rsk_ff.h"
#include "evaluate/soft_targets.h"
#include "material.h"

using namespace wardmark;
using namespace wardmark::testing;

namespace {

using At = torch::TensorAccessor<float, 4>;

Breaker step_breaker(std::string_view name, std::int64_t classes) {
  static PixelSet set;
  set = pictures(static_cast<std::size_t>(classes), 8, 8, 3, static_cast<int>(classes));
  BreakerInput input;
  input.train = &set;
  return prepared(name, input);
}

}  // namespace

TEST_CASE("cutout blackens a square and nothing else") {
  const torch::Tensor x = torch::rand({5, 3, 10, 12}) + 0.1;
  const std::vector<std::int64_t> rows = {0, 9, 5, 3, 7}, columns = {0, 11, 6, 11, 2};
  const torch::Tensor got = cut_out(x, 6, torch::tensor(rows), torch::tensor(columns));
  const At before = x.accessor<float, 4>();
  const At after = got.accessor<float, 4>();
  for (std::int64_t b = 0; b < 5; ++b) {
    for (std::int64_t y = 0; y < 10; ++y) {
      for (std::int64_t c = 0; c < 12; ++c) {
        const std::int64_t row = rows[static_cast<std::size_t>(b)], column = columns[static_cast<std::size_t>(b)];
        const bool inside = y >= row - 3 && y < row + 3 && c >= column - 3 && c < column + 3;
        for (std::int64_t k = 0; k < 3; ++k) REQUIRE(after[b][k][y][c] == (inside ? 0.0F : before[b][k][y][c]));
      }
    }
  }
  // 16 px at 32: a quarter of the picture where the square lies inside.
  Batch batch = batch_of(400, 1, 32, 32, 2);
  batch.x.fill_(1);
  torch::Generator random = generator(1);
  step_breaker("cutout", 2).hooks.augment(batch, random);
  const torch::Tensor black = 1 - batch.x.mean({1, 2, 3});
  CHECK(black.max().item<float>() == 0.25F);
  CHECK(black.min().item<float>() >= 0.0625F);
  CHECK(black.mean().item<float>() == doctest::Approx(0.191).epsilon(0.05));
}

TEST_CASE("cutmix pastes rectangles and mixes targets by area") {
  Batch batch = batch_of(4, 2, 8, 12, 3);
  const torch::Tensor others = batch.x.clone();
  const torch::Tensor targets = soft_targets(batch, 3);
  batch.soft = targets;
  const std::vector<float> lambda = {0.75F, 0.5F, 0.0F, 0.25F};
  const std::vector<std::int64_t> row = {4, 0, 4, 7}, column = {6, 11, 6, 0}, partner = {3, 2, 1, 0};
  const std::vector<int> happens = {1, 1, 1, 0};
  cut_and_mix(batch, others, targets,
              {torch::tensor(lambda), torch::tensor(row), torch::tensor(column), torch::tensor(partner),
               torch::tensor(happens).to(torch::kBool)});
  for (std::int64_t b = 0; b < 4; ++b) {
    const std::size_t i = static_cast<std::size_t>(b);
    const double side = std::sqrt(1 - static_cast<double>(lambda[i]));
    const std::int64_t high = static_cast<std::int64_t>(8 * side) / 2, wide = static_cast<std::int64_t>(12 * side) / 2;
    int replaced = 0;
    for (std::int64_t y = 0; y < 8; ++y) {
      for (std::int64_t x = 0; x < 12; ++x) {
        const bool inside =
            happens[i] != 0 && y >= row[i] - high && y < row[i] + high && x >= column[i] - wide && x < column[i] + wide;
        replaced += inside ? 1 : 0;
        const std::int64_t from = inside ? partner[i] : b;
        for (std::int64_t c = 0; c < 2; ++c)
          REQUIRE(batch.x[b][c][y][x].item<float>() == others[from][c][y][x].item<float>());
      }
    }
    const float share = static_cast<float>(replaced) / 96;
    const torch::Tensor wanted = targets[b] * (1 - share) + targets[partner[i]] * share;
    CHECK(torch::allclose(batch.soft[b], wanted));
  }
  // The whole picture where lambda is 0 and the centre in the middle.
  CHECK(torch::equal(batch.x[2], others[1]));
}

TEST_CASE("mixup is a weighted sum of pictures and of targets") {
  Batch batch = batch_of(3, 2, 4, 4, 4);
  const torch::Tensor x = batch.x.clone();
  const torch::Tensor targets = soft_targets(batch, 4);
  batch.soft = targets;
  mix_up(batch, x, targets, torch::tensor({0.25F, 1.0F, 0.0F}), torch::tensor(std::vector<std::int64_t>{1, 0, 0}));
  CHECK(torch::allclose(batch.x[0], x[0] * 0.25 + x[1] * 0.75));
  CHECK(torch::allclose(batch.soft[0], targets[0] * 0.25 + targets[1] * 0.75));
  CHECK(torch::equal(batch.x[1], x[1]));
  CHECK(torch::equal(batch.x[2], x[0]));
}

TEST_CASE("cutmix and mixup: two rounds of probability a half leave a quarter alone") {
  for (const std::string name : {"cutmix", "mixup"}) {
    Batch batch = batch_of(2000, 1, 8, 8, 5);
    const torch::Tensor x = batch.x.clone();
    torch::Generator random = generator(9);
    step_breaker(name, 5).hooks.augment(batch, random);
    const double same = batch.x.eq(x).flatten(1).all(1).to(torch::kFloat64).mean().item<double>();
    CAPTURE(name);
    // Rectangles of no area leave more.
    CHECK(same > 0.21);
    CHECK(same < 0.45);
    CHECK(batch.soft.max().item<float>() <= 1.0001F);
    const double own = batch.soft.gather(1, batch.y.unsqueeze(1)).mean().item<double>();
    CHECK(own < 0.95);
    CHECK(own > 0.4);
  }
}

TEST_CASE("coin reads moved places, bilinear and wrapped") {
  const torch::Tensor x = torch::rand({2, 3, 6, 5});
  const torch::Tensor dy = torch::rand({2, 6, 5}) * 8 - 4;
  const torch::Tensor dx = torch::rand({2, 6, 5}) * 8 - 4;
  const torch::Tensor got = read_at_moved(x, dy, dx);
  const At from = x.accessor<float, 4>();
  const At to = got.accessor<float, 4>();
  double worst = 0;
  for (std::int64_t b = 0; b < 2; ++b) {
    for (std::int64_t y = 0; y < 6; ++y) {
      for (std::int64_t u = 0; u < 5; ++u) {
        const double row = static_cast<double>(y) + dy[b][y][u].item<double>();
        const double column = static_cast<double>(u) + dx[b][y][u].item<double>();
        for (std::int64_t c = 0; c < 3; ++c) {
          double sum = 0;
          for (int v = -12; v <= 24; ++v) {
            for (int w = -12; w <= 24; ++w) {
              const double weight = std::max(0.0, 1 - std::fabs(row - v)) * std::max(0.0, 1 - std::fabs(column - w));
              if (weight > 0) sum += weight * static_cast<double>(from[b][c][(v + 24) % 6][(w + 25) % 5]);
            }
          }
          worst = std::max(worst, std::fabs(sum - static_cast<double>(to[b][c][y][u])));
        }
      }
    }
  }
  CHECK(worst < 1e-5);
  // The amplitude is the number asked for: a ramp in the middle of a picture moves by as much at most.
  Batch batch = batch_of(1, 1, 64, 64, 2);
  batch.x = (torch::arange(64, torch::kFloat32) / 64).expand({1, 1, 64, 64}).clone();
  const torch::Tensor ramp = batch.x.clone();
  torch::Generator random = generator(2);
  step_breaker("coin:2", 2).hooks.augment(batch, random);
  const torch::Tensor moved = (batch.x - ramp).narrow(3, 4, 56).abs().max() * 64;
  CHECK(moved.item<float>() <= 2.001F);
  CHECK(moved.item<float>() > 1.95F);
}

TEST_CASE("rsk: the sharpening is a correlation without padding") {
  const torch::Tensor x = torch::rand({3, 2, 7, 6});
  const torch::Tensor kernels = torch::randn({3, 5});
  const torch::Tensor got = sharpened(x, kernels);
  REQUIRE(got.sizes() == torch::IntArrayRef({3, 2, 5, 4}));
  for (std::int64_t b = 0; b < 3; ++b) {
    const torch::Tensor k = kernels[b];
    const torch::Tensor zero = torch::zeros({});
    const torch::Tensor plane = torch::stack({zero, k[1], zero, k[2], k[0], k[3], zero, k[4], zero}).view({1, 1, 3, 3});
    const torch::Tensor wanted = torch::conv2d(x[b].unsqueeze(1), plane).squeeze(1);
    CHECK(torch::allclose(got[b], wanted, 1e-4, 1e-5));
  }
}

TEST_CASE("rsk: low frequencies by the sum that defines the DCT") {
  const torch::Tensor x = torch::rand({1, 1, 10, 12});
  const double pi = std::numbers::pi;
  const auto basis = [pi](std::int64_t k, std::int64_t i, std::int64_t n) {
    const double scale = std::sqrt((k == 0 ? 1.0 : 2.0) / static_cast<double>(n));
    return scale * std::cos(pi * static_cast<double>((2 * i + 1) * k) / static_cast<double>(2 * n));
  };
  double coefficient[3][3] = {};
  for (std::int64_t p = 0; p < 3; ++p) {
    for (std::int64_t q = 0; q < 3; ++q) {
      for (std::int64_t y = 0; y < 10; ++y) {
        for (std::int64_t u = 0; u < 12; ++u)
          coefficient[p][q] += basis(p, y, 10) * basis(q, u, 12) * x[0][0][y][u].item<double>();
      }
    }
  }
  const torch::Tensor got = low_frequencies(x, 0.3);  // 3 of 10 rows, 3 (3.6) of 12 columns
  for (std::int64_t y = 0; y < 10; ++y) {
    for (std::int64_t u = 0; u < 12; ++u) {
      double wanted = 0;
      for (std::int64_t p = 0; p < 3; ++p) {
        for (std::int64_t q = 0; q < 3; ++q) wanted += basis(p, y, 10) * basis(q, u, 12) * coefficient[p][q];
      }
      CHECK(got[0][0][y][u].item<double>() == doctest::Approx(wanted).epsilon(1e-3));
    }
  }
  // 30 px keep 9 rows: the tenth basis line is gone, the ninth stays.
  for (const std::int64_t k : {8, 9}) {
    torch::Tensor line = torch::zeros({1, 1, 30, 30});
    for (std::int64_t i = 0; i < 30; ++i) line.select(2, i).fill_(basis(k, i, 30));
    const double left = low_frequencies(line, 0.3).abs().max().item<double>();
    CHECK((k == 8 ? left > 0.2 : left < 1e-5));
  }
}

TEST_CASE("rsk-ff: size kept by a black border, kernels of the published spread") {
  Batch batch = batch_of(64, 3, 32, 32, 2);
  torch::Generator random = generator(2);
  step_breaker("rsk-ff", 2).hooks.augment(batch, random);
  CHECK(batch.x.narrow(2, 0, 1).abs().max().item<float>() == 0);
  CHECK(batch.x.narrow(3, 31, 1).abs().max().item<float>() == 0);
  CHECK(batch.x.narrow(2, 1, 30).narrow(3, 1, 30).mean().item<float>() > 0.3F);
  // A flat picture of level 0.4 becomes 0.4 x (c - n1 - n2 - n3 - n4), of mean 1 and deviation 0.1 x 2.
  batch = batch_of(4000, 1, 12, 12, 2);
  batch.x.fill_(0.4);
  step_breaker("rsk-ff", 2).hooks.augment(batch, random);
  const torch::Tensor level = batch.x.select(1, 0).select(1, 6).select(1, 6) / 0.4;
  CHECK(level.mean().item<double>() == doctest::Approx(1.0).epsilon(0.02));
  CHECK(level.std().item<double>() == doctest::Approx(0.2).epsilon(0.05));
}
