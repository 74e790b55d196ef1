#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "evaluate/adversarial_training.h"
#include "evaluate/feature_refit.h"
#include "evaluate/logistic_regression.h"
#include "evaluate/orthogonal_projection.h"
#include "evaluate/pixels.h"
#include "material.h"

using namespace wardmark;
using namespace wardmark::testing;

namespace {

double loss_in_eval(Classifier& model, const torch::Tensor& x, const Batch& batch) {
  const torch::NoGradGuard no_gradients;
  model.network->eval();
  const double loss = batch_loss(model(x), batch).item<double>();
  model.network->train();
  return loss;
}

// One step of the attack for a single picture, straight from its definition.
torch::Tensor plain_step(Classifier& model, const torch::Tensor& x, const torch::Tensor& delta, std::int64_t label,
                         Norm norm, double eps) {
  torch::Tensor at = delta.clone().requires_grad_(true);
  Batch one;
  one.y = torch::full({1}, label, torch::kInt64);
  batch_loss(model((x + at).unsqueeze(0)), one).backward();
  const torch::Tensor g = at.grad();
  torch::Tensor moved = delta + eps / 4 * (norm == Norm::linf ? g.sign() : g / g.norm());
  if (norm == Norm::linf)
    moved = moved.clamp(-eps, eps);
  else if (moved.norm().item<double>() > eps)
    moved = moved * (eps / moved.norm().item<double>());
  return (x + moved).clamp(0, 1) - x;
}

}  // namespace

TEST_CASE("the attack is projected gradient descent from its start, in the ball, in 0..1") {
  for (const Norm norm : {Norm::linf, Norm::l2}) {
    const double eps = norm == Norm::linf ? 8.0 / 255 : 0.5;
    Classifier model = tiny_classifier(3, 4);
    const Batch batch = batch_of(6, 3, 10, 10, 4);
    torch::Generator random = generator(3);
    const torch::Tensor got = attacked(model, batch, norm, eps, random);
    CHECK(model.network->is_training());
    CHECK(!got.requires_grad());
    for (const torch::Tensor& weight : model.network->parameters()) CHECK(!weight.grad().defined());
    CHECK(got.min().item<float>() >= 0);
    CHECK(got.max().item<float>() <= 1);
    const torch::Tensor delta = got - batch.x;
    const torch::Tensor size = norm == Norm::linf ? delta.abs().flatten(1).amax(1) : delta.flatten(1).norm(2, 1);
    CHECK(size.max().item<double>() <= eps * 1.0001);
    CHECK(size.min().item<double>() > eps * 0.5);
    CHECK(loss_in_eval(model, got, batch) > loss_in_eval(model, batch.x, batch) + 1e-3);
    // Again, picture by picture.
    torch::Generator again = generator(3);
    const torch::Tensor noise = torch::randn(batch.x.sizes(), again);
    model.network->eval();
    double worst = 0;
    for (std::int64_t b = 0; b < 6; ++b) {
      const torch::Tensor x = batch.x[b];
      torch::Tensor start = noise[b] * (norm == Norm::linf ? eps / 4 : eps / 4 / noise[b].norm().item<double>());
      if (norm == Norm::linf) start = start.clamp(-eps, eps);
      start = (x + start).clamp(0, 1) - x;
      for (int i = 0; i < 10; ++i) start = plain_step(model, x, start, batch.y[b].item<std::int64_t>(), norm, eps);
      // Signs of gradients near 0 may differ: the mean tells.
      worst = std::max(worst, (x + start - got[b]).abs().mean().item<double>());
    }
    CHECK(worst < eps * 0.01);
  }
}

TEST_CASE("adversarial training: numbers by norm and size") {
  PixelSet set = pictures(4, 8, 8, 3, 4);
  BreakerInput input;
  input.train = &set;
  const Batch batch = batch_of(8, 3, 64, 64, 4);
  for (const char* name : {"adversarial-linf:6", "adversarial-l2:0.3"}) {
    const bool linf = std::string_view(name) == "adversarial-linf:6";
    Classifier model = tiny_classifier(3, 4);
    torch::Generator random = generator(1), again = generator(1);
    const double got = prepared(name, input).hooks.loss(model, batch, random).item<double>();
    Classifier twin = tiny_classifier(3, 4);
    Batch changed = batch;
    changed.x = attacked(twin, batch, linf ? Norm::linf : Norm::l2, linf ? 6.0 / 255 : 0.6, again);
    CHECK(got == batch_loss(twin(changed.x), changed).item<double>());
  }
}

TEST_CASE("projection: class patterns go, the mean picture and the rest stay") {
  // Each class carries a pattern of +-8 levels.
  PixelSet set = pictures(120, 12, 12, 3, 3, 4);
  std::mt19937 random(5);
  std::vector<std::vector<int>> pattern(3, std::vector<int>(set.item_samples()));
  for (auto& p : pattern)
    for (int& v : p) v = random() % 2 == 0 ? 8 : -8;
  for (std::size_t i = 0; i < set.size(); ++i) {
    std::uint8_t* to = item_of(set, i).data();
    for (std::size_t k = 0; k < set.item_samples(); ++k)
      to[k] = static_cast<std::uint8_t>(std::clamp(to[k] + pattern[i % 3][k], 20, 235));
  }
  const torch::Tensor weights = pixel_regression(set, 1);
  CHECK(weights.sizes() == torch::IntArrayRef({3, 432}));
  CHECK(torch::equal(weights, pixel_regression(set, 1)));
  const auto flat = [](const PixelSet& s) { return stored_samples(s).flatten(1).to(torch::kFloat64) / 255; };
  const auto accuracy = [&](const PixelSet& s) {
    return flat(s)
        .matmul(weights.t().to(torch::kFloat64))
        .argmax(1)
        .eq(torch::tensor(s.labels))
        .to(torch::kFloat64)
        .mean()
        .item<double>();
  };
  CHECK(accuracy(set) == 1.0);
  const PixelSet got = without_span(set, weights);
  CHECK(accuracy(got) < 0.6);
  // Against Gram-Schmidt, picture by picture, in double.
  const torch::Tensor x = flat(set);
  const torch::Tensor mean = x.mean(0);
  torch::Tensor basis[3];
  for (int k = 0; k < 3; ++k) {
    torch::Tensor v = weights[k].to(torch::kFloat64);
    for (int j = 0; j < k; ++j) v = v - basis[j] * v.dot(basis[j]);
    basis[k] = v / v.norm();
  }
  torch::Tensor wanted = x - mean;
  for (const torch::Tensor& v : basis) wanted = wanted - wanted.mv(v).unsqueeze(1) * v;
  wanted = ((wanted + mean) * 255).clamp(0, 255);
  CHECK((flat(got) * 255 - wanted).abs().max().item<double>() <= 0.51);
}

TEST_CASE("the regression of pixels follows its recipe") {
  // One batch, so that its order plays no role: 980 steps of gradient descent.
  const PixelSet set = pictures(30, 4, 4, 1, 3, 6);
  const torch::Tensor x = stored_samples(set).flatten(1).to(torch::kFloat64) / 255;
  const torch::Tensor y = torch::tensor(set.labels);
  const torch::Tensor got = pixel_regression(set, 2);
  // Its start is drawn; the loss is convex, so what it reaches must be lower than that of few steps from zero.
  torch::Tensor w = torch::zeros({3, 16}, torch::kFloat64);
  std::vector<double> losses;
  for (int step = 0; step < 980; ++step) {
    const torch::Tensor logits = x.matmul(w.t());
    losses.push_back(torch::cross_entropy_loss(logits, y).item<double>());
    const double rate = step < 490 ? 0.1 : (step < 735 ? 0.01 : 0.001);
    w = w - rate * (torch::softmax(logits, 1) - torch::one_hot(y, 3)).t().matmul(x) / 30;
  }
  const double reached = torch::cross_entropy_loss(x.matmul(got.t().to(torch::kFloat64)), y).item<double>();
  CHECK(reached == doctest::Approx(losses.back()).epsilon(0.03));
  CHECK(reached < losses[0] - 0.01);
}

TEST_CASE("logistic regression reaches the minimum: its gradient vanishes") {
  torch::manual_seed(1);
  const torch::Tensor y = torch::cat(
      {torch::zeros({30}, torch::kInt64), torch::ones({10}, torch::kInt64), torch::full({20}, 2, torch::kInt64)});
  const torch::Tensor x = torch::randn({60, 5}) * torch::tensor({1.0, 10.0, 0.1, 3.0, 0.0}) + y.unsqueeze(1);
  const LinearModel model = logistic_regression(x, y, 3, 0.01);
  const torch::Tensor z = x.to(torch::kFloat64);
  const torch::Tensor scale = z.std(0, false);
  const torch::Tensor p = torch::softmax(z.matmul(model.weight.t()) + model.bias, 1);
  const torch::Tensor counts = torch::tensor({30.0, 10.0, 20.0}, torch::kFloat64);
  const torch::Tensor w = (1 / counts).index_select(0, y) / 3;
  const torch::Tensor off = (p - torch::one_hot(y, 3)) * w.unsqueeze(1);
  const torch::Tensor standard = (z - z.mean(0)) / scale;
  const torch::Tensor gradient = off.t().matmul(standard) + 0.01 * model.weight * scale;
  CHECK(gradient.abs().max().item<double>() < 1e-6);
  CHECK(off.sum(0).abs().max().item<double>() < 1e-6);
  const double chosen = chosen_penalty(x, y, 3, 5);
  CHECK(chosen >= 0.0001);
  CHECK(chosen <= 1);
  // Labels that say nothing want the strongest penalty, clear ones a weak one.
  CHECK(chosen_penalty(torch::randn({60, 20}), y, 3, 5) == 1.0);
  CHECK(chosen_penalty(torch::one_hot(y, 3) + torch::randn({60, 3}) * 0.05, y, 3, 5) < 0.01);
}

TEST_CASE("dfr replaces the last layer by what the features say of clean pictures") {
  // Classes differ in brightness; the network's own last layer is made useless.
  PixelSet few = pictures(90, 10, 10, 1, 3, 8);
  for (std::size_t i = 0; i < few.size(); ++i) {
    for (std::uint8_t& s : item_of(few, i)) s = static_cast<std::uint8_t>(s / 8 + 70 * (i % 3));
  }
  BreakerInput input;
  input.train = &few;
  input.clean_few = &few;
  Classifier model = tiny_classifier(1, 3);
  {
    const torch::NoGradGuard no_gradients;
    model.network->last_layer()->weight.zero_();
  }
  model.network->eval();
  const auto accuracy = [&] {
    const torch::NoGradGuard no_gradients;
    return model(pictures_of(few, 0, 90))
        .argmax(1)
        .eq(torch::tensor(few.labels))
        .to(torch::kFloat64)
        .mean()
        .item<double>();
  };
  CHECK(accuracy() < 0.4);
  const torch::Tensor convolution = model.network->parameters()[0].clone();
  prepared("dfr:20", input).refit(model, few);
  CHECK(accuracy() > 0.95);
  CHECK(torch::equal(convolution, model.network->parameters()[0]));
  CHECK(!model.network->is_training());
}

TEST_CASE("a balanced sample: so many of each class, all where there are fewer, none twice") {
  PixelSet set = pictures(50, 4, 4, 1, 2, 1);
  for (std::size_t i = 0; i < 50; ++i) set.labels[i] = i < 6 ? 0 : 1;
  const torch::Tensor rows = balanced_sample(set, 10, 3);
  REQUIRE(rows.numel() == 16);
  CHECK(rows.lt(6).sum().item<std::int64_t>() == 6);
  CHECK(rows.diff().min().item<std::int64_t>() > 0);
  CHECK(torch::equal(rows, balanced_sample(set, 10, 3)));
  CHECK(!torch::equal(rows, balanced_sample(set, 10, 4)));
  set.classes.push_back("empty");
  CHECK_THROWS_AS(balanced_sample(set, 10, 3), Error);
}
