#include "evaluate/orthogonal_projection.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "evaluate/affine.h"
#include "evaluate/colour_change.h"
#include "evaluate/cutmix.h"
#include "evaluate/draws.h"
#include "evaluate/full_precision.h"
#include "evaluate/pixels.h"

namespace wardmark {
namespace {

constexpr std::int64_t kBatch = 1024;
constexpr std::int64_t kEpochs = 20;
constexpr std::int64_t kSteps = 980;  // 20 epochs of 50,000 pictures
constexpr std::int64_t kBlock = 256;  // rows in memory as floats

// Stored samples in 0..1 of the rows, flat.
torch::Tensor flat_rows(const torch::Tensor& stored, const torch::Tensor& rows) {
  return stored.index_select(0, rows).to(torch::kFloat32).div_(255);
}

// One step down on the mean cross entropy of these rows.
void regression_step(torch::Tensor& weights, const torch::Tensor& stored, const torch::Tensor& targets,
                     const torch::Tensor& rows, double rate) {
  torch::Tensor gradient = torch::zeros_like(weights);
  for (const torch::Tensor& part : rows.split(kBlock)) {
    const torch::Tensor x = flat_rows(stored, part);
    const torch::Tensor off = torch::softmax(x.matmul(weights.t()), 1) - targets.index_select(0, part);
    gradient.addmm_(off.t(), x);
  }
  weights.sub_(gradient, rate / static_cast<double>(rows.numel()));
}

torch::Tensor strongly_augmented(const torch::Tensor& x, torch::Generator& random) {
  const FullPrecision full;
  const std::int64_t n = x.size(0);
  const torch::Device device = x.device();
  const double degree = std::numbers::pi / 180;
  const torch::Tensor turn = uniform_draws({n}, -10 * degree, 10 * degree, random, device);
  const torch::Tensor shear = uniform_draws({n}, -10 * degree, 10 * degree, random, device).tan();
  const torch::Tensor scale = uniform_draws({n}, 0.8, 1.2, random, device);
  const torch::Tensor zero = torch::zeros_like(shear);
  const torch::Tensor one = torch::ones_like(shear);
  // From output to input: the scale divides, the rest is symmetric about 0 and needs no inverse.
  const torch::Tensor sheared = torch::stack({one, shear, zero, one}, 1).view({-1, 2, 2}) / scale.view({-1, 1, 1});
  const torch::Tensor maps =
      torch::cat({rotations(turn).narrow(2, 0, 2).matmul(sheared), torch::zeros({n, 2, 1}, x.options())}, 2);
  torch::Tensor out = affine_pictures(x, maps);
  out = with_brightness(out, uniform_draws({n}, 0.8, 1.2, random, device));
  out = with_contrast(out, uniform_draws({n}, 0.8, 1.2, random, device));
  return with_saturation(out, uniform_draws({n}, 0.8, 1.2, random, device));
}

Breaker prepare(const BreakerInput& input) {
  Breaker breaker;
  breaker.preprocess = [seed = input.seed](const PixelSet& train) {
    return train.size() == 0 ? train : without_span(train, pixel_regression(train, seed));
  };
  const std::int64_t classes = static_cast<std::int64_t>(input.train->classes.size());
  breaker.hooks.augment = [classes](Batch& batch, torch::Generator& random) {
    batch.x = strongly_augmented(batch.x, random);
    cut_and_mix(batch, classes, 1, 0.5, random);
  };
  return breaker;
}

}  // namespace

torch::Tensor pixel_regression(const PixelSet& train, std::uint64_t seed) {
  const torch::NoGradGuard no_gradients;
  const torch::Tensor stored = stored_samples(train).flatten(1);
  const std::int64_t n = stored.size(0);
  const torch::Tensor targets =
      torch::one_hot(torch::tensor(train.labels, torch::kInt64), static_cast<std::int64_t>(train.classes.size()))
          .to(torch::kFloat32);
  torch::Generator random = seeded(seed, 1);
  // The published start: uniform within 1 / sqrt(samples).
  const double bound = 1 / std::sqrt(static_cast<double>(stored.size(1)));
  torch::Tensor weights = uniform_draws({targets.size(1), stored.size(1)}, -bound, bound, random, torch::kCPU);
  const std::int64_t steps = (n + kBatch - 1) / kBatch;
  const std::int64_t epochs = std::max(kEpochs, (kSteps + steps - 1) / steps);
  for (std::int64_t epoch = 0; epoch < epochs; ++epoch) {
    const double rate = 2 * epoch < epochs ? 0.1 : (4 * epoch < 3 * epochs ? 0.01 : 0.001);
    for (const torch::Tensor& rows : order_draw(n, random, torch::kCPU).split(kBatch))
      regression_step(weights, stored, targets, rows, rate);
  }
  return weights;
}

PixelSet without_span(const PixelSet& set, const torch::Tensor& rows) {
  const torch::NoGradGuard no_gradients;
  const torch::Tensor basis = std::get<0>(torch::linalg_qr(rows.t()));  // (samples, K), orthonormal columns
  const torch::Tensor stored = stored_samples(set).flatten(1);
  const torch::Tensor all = torch::arange(stored.size(0), torch::kInt64);
  torch::Tensor mean = torch::zeros({stored.size(1)}, torch::kFloat64);
  for (const torch::Tensor& part : all.split(kBlock)) mean += flat_rows(stored, part).sum(0, false, torch::kFloat64);
  const torch::Tensor centre = (mean / static_cast<double>(stored.size(0))).to(torch::kFloat32);
  PixelSet out = set;
  for (const torch::Tensor& part : all.split(kBlock)) {
    const torch::Tensor x = flat_rows(stored, part);
    const torch::Tensor left = x - (x - centre).matmul(basis).matmul(basis.t());
    store_pictures(out, part, left.view({-1, set.height, set.width, set.channels}).permute({0, 3, 1, 2}));
  }
  return out;
}

BreakerInfo orthogonal_projection_breaker() {
  return {.name = "orthogonal-projection",
          .summary = "what a linear classifier finds in the pixels is removed; affine changes, jitter and CutMix",
          .source = "arXiv 2305.19254",
          .prepare = prepare};
}

}  // namespace wardmark
