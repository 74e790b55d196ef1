#include "evaluate/self_supervision.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "evaluate/feature_refit.h"
#include "evaluate/pixels.h"
#include "material.h"

using namespace wardmark;
using namespace wardmark::testing;

TEST_CASE("the contrastive loss is that of its definition, row by row") {
  const std::int64_t pairs = 5;
  torch::manual_seed(3);
  const torch::Tensor first = torch::randn({pairs, 7}), second = torch::randn({pairs, 7});
  const torch::Tensor rows = torch::cat({first, second}).to(torch::kFloat64);
  double sum = 0;
  for (std::int64_t i = 0; i < 2 * pairs; ++i) {
    double all = 0, partner = 0;
    for (std::int64_t k = 0; k < 2 * pairs; ++k) {
      if (k == i) continue;
      const double cosine =
          rows[i].dot(rows[k]).item<double>() / (rows[i].norm().item<double>() * rows[k].norm().item<double>());
      all += std::exp(cosine / 0.5);
      if (k == (i + pairs) % (2 * pairs)) partner = std::exp(cosine / 0.5);
    }
    sum -= std::log(partner / all) / static_cast<double>(2 * pairs);
  }
  CHECK(contrastive_loss(first, second, 0.5).item<double>() == doctest::Approx(sum).epsilon(1e-5));
  CHECK(contrastive_loss(first, first, 0.05).item<double>() < contrastive_loss(first, second, 0.05).item<double>());
}

TEST_CASE("neighbours vote with their cosine, and only so many of them") {
  torch::manual_seed(4);
  const std::int64_t n = 30, m = 6, classes = 3, count = 5;
  const torch::Tensor train = torch::randn({n, 4}), test = torch::randn({m, 4});
  const torch::Tensor labels = torch::arange(n, torch::kInt64).remainder(classes);
  const torch::Tensor got = neighbour_scores(train, labels, test, classes, count);
  for (std::int64_t i = 0; i < m; ++i) {
    std::vector<std::pair<double, std::int64_t>> near;
    for (std::int64_t k = 0; k < n; ++k) {
      const double cosine = test[i].to(torch::kFloat64).dot(train[k].to(torch::kFloat64)).item<double>() /
                            (test[i].norm().item<double>() * train[k].norm().item<double>());
      near.emplace_back(cosine, k % classes);
    }
    std::sort(near.rbegin(), near.rend());
    std::vector<double> votes(classes, 0.0);
    double all = 0;
    for (std::int64_t k = 0; k < count; ++k) {
      const auto& [cosine, label] = near[static_cast<std::size_t>(k)];
      votes[static_cast<std::size_t>(label)] += std::exp(cosine / 0.07);
      all += std::exp(cosine / 0.07);
    }
    for (std::int64_t c = 0; c < classes; ++c) {
      CHECK(got[i][c].item<double>() == doctest::Approx(votes[static_cast<std::size_t>(c)] / all).epsilon(1e-4));
    }
  }
  // More neighbours than there are pictures.
  CHECK(neighbour_scores(train.slice(0, 0, 3), labels.slice(0, 0, 3), test, classes, 20).size(0) == m);
}

TEST_CASE("a view is a window that stays inside, brought to full size") {
  // Levels from 0 at the left to 1 at the right: without jitter or grey a row of a window is a part of that slope.
  const std::int64_t n = 400, side = 16;
  const torch::Tensor slope = ((torch::arange(side, torch::kFloat32) + 0.5) / static_cast<double>(side))
                                  .view({1, 1, 1, side})
                                  .expand({n, 1, side, side});
  torch::Generator random = generator(5);
  const torch::Tensor plain = torch::full({n, 1, side, side}, 0.5);
  const torch::Tensor flat = random_view(plain, random);
  // Nothing dark comes in from outside: a plain picture stays plain, brighter or darker.
  CHECK((flat.amax({1, 2, 3}) - flat.amin({1, 2, 3})).max().item<float>() < 1e-5F);
  CHECK(flat.min().item<float>() >= 0.29F);
  CHECK(flat.max().item<float>() <= 0.71F);
  const double kept = flat.sub(0.5).abs().amax({1, 2, 3}).lt(1e-6).to(torch::kFloat64).mean().item<double>();
  CHECK(kept == doctest::Approx(0.2).epsilon(0.35));

  torch::Generator again = generator(6);
  const torch::Tensor views = random_view(slope, again);
  const torch::Tensor step = views.narrow(3, 8, 1) - views.narrow(3, 7, 1);
  const double rising = step.gt(0).to(torch::kFloat64).mean().item<double>();
  CHECK(rising == doctest::Approx(0.5).epsilon(0.15));
  // Widths from sqrt(0.2 x 3 / 4) to 1 of the picture, jitter from 0.6 x 0.6 to 1.4 x 1.4.
  const torch::Tensor steepness = step.abs() * static_cast<double>(side);
  CHECK(steepness.max().item<double>() < 1.96 + 1e-3);
  CHECK(steepness.min().item<double>() > 0.36 * std::sqrt(0.15) - 1e-3);
  CHECK(steepness.max().item<double>() > 1.2);
  CHECK(steepness.min().item<double>() < 0.4);
}

TEST_CASE("one view in five of a colour picture is grey") {
  const torch::Tensor x = batch_of(500, 3, 8, 8, 2).x;
  torch::Generator random = generator(7);
  const torch::Tensor view = random_view(x, random);
  const torch::Tensor spread = (view.amax(1) - view.amin(1)).amax({1, 2});
  CHECK(spread.lt(1e-6).to(torch::kFloat64).mean().item<double>() == doctest::Approx(0.2).epsilon(0.3));
}

TEST_CASE("the probe gives classes to a network that was trained without") {
  PixelSet set = pictures(120, 10, 10, 1, 3, 8);
  for (std::size_t i = 0; i < set.size(); ++i) {
    for (std::uint8_t& s : item_of(set, i)) s = static_cast<std::uint8_t>(s / 8 + 70 * (i % 3));
  }
  BreakerInput input;
  input.train = &set;
  const Breaker probe = prepared("linear-probe", input);
  Classifier model = tiny_classifier(1, probe.outputs);
  probe.refit(model, set);
  const torch::NoGradGuard no_gradients;
  const torch::Tensor logits = model(pictures_of(set, 0, 120));
  CHECK(logits.size(1) == 3);
  CHECK(model.network->named_parameters()["fc.weight"].size(0) == 3);
  const torch::Tensor labels = torch::tensor(set.labels);
  CHECK(logits.argmax(1).eq(labels).to(torch::kFloat64).mean().item<double>() > 0.95);
  const Breaker neighbours = read_breaker("nearest-neighbour").info->prepare(input);
  const torch::Tensor scores = neighbours.scores(model, set, set);
  CHECK(scores.argmax(1).eq(labels).to(torch::kFloat64).mean().item<double>() > 0.95);
}
