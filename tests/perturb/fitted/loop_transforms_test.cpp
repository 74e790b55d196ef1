#include "perturb/fitted/loop_transforms.h"

#include <doctest/doctest.h>

#include "core/error.h"
#include "models/seeds.h"

using namespace wardmark;

namespace {

torch::Tensor pictures(std::int64_t channels, std::int64_t height, std::int64_t width) {
  torch::Generator random = seeded_generator(3);
  return torch::rand({2, channels, height, width}, random);
}

torch::Tensor through(std::string_view name, const torch::Tensor& x, std::uint64_t seed) {
  torch::Generator random = seeded_generator(seed);
  return find_loop_transform(name).apply(x, random);
}

}  // namespace

TEST_CASE("every transform keeps shape and range, repeats itself and lets gradients through") {
  for (const LoopTransform& transform : loop_transforms()) {
    CAPTURE(transform.name);
    bool changed = false;
    for (const auto& [channels, height, width] :
         {std::array<std::int64_t, 3>{1, 16, 16}, {3, 17, 12}, {3, 1, 1}, {1, 2, 9}, {4, 8, 8}}) {
      for (std::uint64_t seed = 1; seed <= 4; ++seed) {
        const torch::Tensor x = pictures(channels, height, width).requires_grad_(true);
        const torch::Tensor y = through(transform.name, x, seed);
        REQUIRE(y.sizes() == x.sizes());
        CHECK(y.min().item<float>() >= -1e-6);
        CHECK(y.max().item<float>() <= 1 + 1e-6);
        CHECK(y.equal(through(transform.name, x, seed)));
        changed = changed || !y.equal(x);
        CHECK(torch::autograd::grad({y.sum()}, {x})[0].abs().sum().item<float>() > 0);
      }
    }
    CHECK(changed);
  }
}

TEST_CASE("what the transforms do") {
  // A checkerboard of one step about the middle: its cosines are below half a step at every quality up to 90.
  const torch::Tensor board =
      (torch::arange(16).view({1, 16}) + torch::arange(16).view({16, 1})).remainder(2).view({1, 1, 16, 16});
  const torch::Tensor faint = (128 + 2 * board - 1).to(torch::kFloat) / 255;
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    CHECK((through("jpeg", faint, seed) * 255 - 128).abs().max().item<float>() < 1e-3);
    CHECK((through("blur", faint, seed) - 128.0 / 255).abs().max().item<float>() <=
          (faint - 128.0 / 255).abs().max().item<float>());
  }
  // A wave of eight pixels and forty steps stays: at 10 its quantised height is within half a step of 55.
  const torch::Tensor wave = (torch::cos((torch::arange(16) + 0.5) * (3.14159265 / 4)) * 40 + 128).view({1, 1, 1, 16});
  const torch::Tensor strong = wave.expand({1, 1, 16, 16}) / 255;
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const torch::Tensor kept = through("jpeg", strong, seed) - 128.0 / 255;
    CHECK((kept * (strong - 128.0 / 255)).sum().item<float>() > 0);
    CHECK((kept - (strong - 128.0 / 255)).abs().max().item<float>() * 255 <= 55.0 / 2 / 4 * 1.5);
  }
  const torch::Tensor grey = through("grayscale", pictures(3, 5, 5), 1);
  CHECK(grey.select(1, 0).equal(grey.select(1, 2)));
  CHECK(
      grey[0][0][0][0].item<float>() ==
      doctest::Approx(
          (pictures(3, 5, 5)[0].select(1, 0).select(1, 0) * torch::tensor({0.299, 0.587, 0.114})).sum().item<float>()));
  CHECK(through("grayscale", pictures(1, 5, 5), 1).equal(pictures(1, 5, 5)));
  CHECK_THROWS_AS(find_loop_transform("sharpen"), Error);
}
