#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "models/pictures.h"
#include "models/prediction.h"
#include "models/sampling.h"
#include "models/schedule.h"
#include "models/seeds.h"
#include "models/sgd.h"
#include "small_sets.h"

using namespace wardmark;
using namespace wardmark::testing;

namespace {

// One sample of a picture that was padded with zeros, cut and mirrored, in the words of the definition.
float slow_sample(const PixelSet& set, std::size_t item, int c, int y, int x, int down, int right, bool flip) {
  const int row = y + down, column = (flip ? set.width - 1 - x : x) + right;
  if (row < 0 || row >= set.height || column < 0 || column >= set.width) return 0;
  return static_cast<float>(set.item(item)[static_cast<std::size_t>((row * set.width + column) * set.channels + c)]) /
         255;
}

std::vector<std::int64_t> values(const torch::Tensor& tensor) {
  const torch::Tensor flat = tensor.contiguous();
  return {flat.data_ptr<std::int64_t>(), flat.data_ptr<std::int64_t>() + flat.numel()};
}

}  // namespace

TEST_CASE("a batch is cut and mirrored like its pictures one by one") {
  for (const int channels : {1, 3}) {
    PixelSet set = striped_set(20, 12, channels, 4, 2);
    set.height = 9;  // no square
    set.width = 16;
    const Pictures pictures(set, torch::kCPU);
    torch::Generator random = seeded_generator(7);
    const torch::Tensor index = torch::tensor({3, 19, 0, 3, 7, 11, 5, 8}, torch::kLong);
    const Shifts shifts = draw_shifts(8, 3, random);
    const torch::Tensor batch = pictures.batch(index, shifts);
    REQUIRE(batch.sizes() == torch::IntArrayRef{8, channels, 9, 16});
    const auto down = values(shifts.down), right = values(shifts.right), items = values(index);
    const auto flip = values(shifts.flip.to(torch::kLong));
    double worst = 0;
    for (std::size_t b = 0; b < 8; ++b) {
      for (int c = 0; c < channels; ++c) {
        for (int y = 0; y < 9; ++y) {
          for (int x = 0; x < 16; ++x) {
            const float slow = slow_sample(set, static_cast<std::size_t>(items[b]), c, y, x, static_cast<int>(down[b]),
                                           static_cast<int>(right[b]), flip[b] != 0);
            const auto fast = batch[static_cast<std::int64_t>(b)][c][y][x].item<float>();
            worst = std::max(worst, std::abs(static_cast<double>(fast - slow)));
          }
        }
      }
    }
    CHECK(worst < 1e-6);
    if (channels == 3) CHECK(batch.is_contiguous(torch::MemoryFormat::ChannelsLast));
    const Shifts still{torch::zeros({8}, torch::kLong), torch::zeros({8}, torch::kLong),
                       torch::zeros({8}, torch::kBool)};
    CHECK(torch::equal(pictures.batch(index, still), pictures.batch(index)));
  }
}

TEST_CASE("shifts reach every place and both sides") {
  torch::Generator random = seeded_generator(1);
  const Shifts shifts = draw_shifts(20000, 4, random);
  for (const torch::Tensor& shift : {shifts.down, shifts.right}) {
    const auto counts = values(torch::bincount(shift + 4, {}, 9));
    REQUIRE(counts.size() == 9);
    for (const std::int64_t count : counts) CHECK(std::abs(static_cast<double>(count) - 20000.0 / 9) < 250);
  }
  CHECK(std::abs(shifts.flip.to(torch::kDouble).mean().item<double>() - 0.5) < 0.02);
  CHECK_FALSE(torch::equal(shifts.down, shifts.right));
}

TEST_CASE("mean and deviation are those of the chosen pictures") {
  const PixelSet set = striped_set(30, 10, 3, 3, 4);
  const torch::Tensor index = torch::tensor({1, 2, 5, 29}, torch::kLong);
  const Normalisation scale = measure_normalisation(set, index);
  const torch::Tensor chosen = Pictures(set, torch::kCPU).batch(index).to(torch::kDouble);
  CHECK(torch::allclose(scale.mean.to(torch::kDouble), chosen.mean({0, 2, 3}, true), 1e-6, 1e-6));
  CHECK(torch::allclose(scale.std.to(torch::kDouble), chosen.std({0, 2, 3}, false, true), 1e-6, 1e-6));
  PixelSet flat = set;
  std::ranges::fill(flat.samples, std::uint8_t{9});
  CHECK(measure_normalisation(flat, index).std.eq(1).all().item<bool>());
}

TEST_CASE("learning rates are those of torch's schedulers") {
  // torch.optim.lr_scheduler.OneCycleLR(max_lr=0.1, total_steps=20) and CosineAnnealingLR(T_max=20), printed by 1.13.
  CHECK(learning_rate(Decay::one_cycle, 0.1, 0, 20) == doctest::Approx(0.004));
  CHECK(learning_rate(Decay::one_cycle, 0.1, 2, 20) == doctest::Approx(0.03716718427).epsilon(1e-8));
  CHECK(learning_rate(Decay::one_cycle, 0.1, 5, 20) == doctest::Approx(0.1));
  CHECK(learning_rate(Decay::one_cycle, 0.1, 12, 20) == doctest::Approx(0.0500002));
  CHECK(learning_rate(Decay::one_cycle, 0.1, 19, 20) == doctest::Approx(4e-7));
  CHECK(learning_rate(Decay::cosine, 0.1, 0, 20) == doctest::Approx(0.1));
  CHECK(learning_rate(Decay::cosine, 0.1, 5, 20) == doctest::Approx(0.08535533906).epsilon(1e-8));
  CHECK(learning_rate(Decay::cosine, 0.1, 19, 20) == doctest::Approx(0.0006155829702).epsilon(1e-8));
  for (const std::int64_t steps : {1, 2, 3, 4, 7}) {
    for (std::int64_t step = 0; step < steps; ++step) {
      const double rate = learning_rate(Decay::one_cycle, 0.1, step, steps);
      CHECK(rate > 0);
      CHECK(rate <= 0.1);
    }
  }
  CHECK(parse_decay("cosine") == Decay::cosine);
  CHECK(error_of([] { parse_decay("linear"); }).code() == Code::parameter);
}

TEST_CASE("a step is that of torch's SGD") {
  torch::manual_seed(2);
  const torch::Tensor start = torch::randn({5, 3});
  torch::Tensor own = start.clone().set_requires_grad(true), theirs = start.clone().set_requires_grad(true);
  torch::Tensor unused = torch::ones({2}).set_requires_grad(true);
  Sgd sgd({own, unused}, 0.9, 5e-2);
  torch::optim::SGD reference({theirs}, torch::optim::SGDOptions(0.1).momentum(0.9).weight_decay(5e-2).nesterov(true));
  for (int i = 0; i < 4; ++i) {
    for (auto& group : reference.param_groups())
      static_cast<torch::optim::SGDOptions&>(group.options()).lr(0.1 / (i + 1));
    sgd.clear();
    own.pow(3).sum().backward();
    sgd.step(0.1 / (i + 1));
    reference.zero_grad();
    theirs.pow(3).sum().backward();
    reference.step();
  }
  CHECK(torch::allclose(own, theirs, 1e-6, 1e-7));
  CHECK_FALSE(torch::allclose(own, start));
  CHECK(unused.eq(1).all().item<bool>());
}

TEST_CASE("the split takes its share of every class, and never all of one") {
  std::vector<std::int64_t> labels;
  for (int i = 0; i < 100; ++i) labels.push_back(i % 10 == 0 ? 1 : 0);
  labels.push_back(2);  // a class of one picture
  const Split split = stratified_split(labels, 0.2, 4);
  const auto train = values(split.train), validation = values(split.validation);
  CHECK(train.size() + validation.size() == labels.size());
  std::map<std::int64_t, int> aside;
  for (const std::int64_t i : validation) ++aside[labels[static_cast<std::size_t>(i)]];
  CHECK(aside == std::map<std::int64_t, int>{{0, 18}, {1, 2}});
  std::vector<std::int64_t> all = train;
  all.insert(all.end(), validation.begin(), validation.end());
  std::ranges::sort(all);
  for (std::size_t i = 0; i < all.size(); ++i) CHECK(all[i] == static_cast<std::int64_t>(i));
  CHECK(values(stratified_split(labels, 0.2, 4).train) == train);
  CHECK(values(stratified_split(labels, 0.2, 5).train) != train);
  CHECK(stratified_split(labels, 0, 4).validation.numel() == 0);
}

TEST_CASE("an epoch shows every picture once, or every class as often") {
  std::vector<std::int64_t> labels;
  for (int i = 0; i < 101; ++i) labels.push_back(i < 80 ? 0 : i < 98 ? 1 : 2);
  const torch::Tensor items = torch::arange(101, torch::kLong);
  auto plain = values(epoch_order(labels, items, false, 1, 0));
  CHECK(plain != values(epoch_order(labels, items, false, 1, 1)));
  CHECK(plain == values(epoch_order(labels, items, false, 1, 0)));
  std::ranges::sort(plain);
  CHECK(plain == values(items));

  std::map<std::int64_t, int> shown, by_class;
  for (const std::int64_t i : values(epoch_order(labels, items, true, 1, 0))) {
    ++shown[i];
    ++by_class[labels[static_cast<std::size_t>(i)]];
  }
  CHECK(by_class == std::map<std::int64_t, int>{{0, 34}, {1, 34}, {2, 33}});
  for (int i = 98; i < 101; ++i) CHECK(shown[i] == 11);
  for (int i = 80; i < 98; ++i) CHECK((shown[i] == 1 || shown[i] == 2));
  for (int i = 0; i < 80; ++i) CHECK(shown[i] <= 1);
}

TEST_CASE("batches cover an epoch and differ by one picture at most") {
  for (const std::int64_t count : {1, 127, 128, 129, 6000}) {
    const std::int64_t steps = steps_of_epoch(count, 128);
    CHECK(batch_begin(count, steps, 0) == 0);
    CHECK(batch_begin(count, steps, steps) == count);
    for (std::int64_t s = 0; s < steps; ++s) {
      const std::int64_t size = batch_begin(count, steps, s + 1) - batch_begin(count, steps, s);
      CHECK(size <= 128);
      CHECK((size == count / steps || size == count / steps + 1));
    }
  }
}

TEST_CASE("scores count classes that occur") {
  const torch::Tensor logits =
      torch::tensor({{2.0F, 1.0F, 0.0F}, {2.0F, 1.0F, 0.0F}, {0.0F, 1.0F, 0.5F}, {3.0F, 1.0F, 0.0F}});
  const HitRates scores = hit_rates(logits, torch::tensor({0, 0, 1, 1}, torch::kLong));
  CHECK(scores.accuracy == doctest::Approx(0.75));
  CHECK(scores.balanced == doctest::Approx(0.75));
  const HitRates uneven = hit_rates(logits, torch::tensor({0, 0, 0, 1}, torch::kLong));
  CHECK(uneven.accuracy == doctest::Approx(0.5));
  CHECK(uneven.balanced == doctest::Approx((2.0 / 3 + 0) / 2));
  CHECK(std::isnan(hit_rates(torch::empty({0, 3}), torch::empty({0}, torch::kLong)).accuracy));
}

TEST_CASE("predictions are those of the network in eval mode, whatever the batches") {
  const PixelSet set = striped_set(300, 10, 1, 3, 4);
  torch::manual_seed(1);
  Classifier model{build_network(find_network("mobilenet_v2"), {1, 10, 3, 0.125}), torch::full({1, 1, 1, 1}, 0.3F),
                   torch::full({1, 1, 1, 1}, 0.2F)};
  const torch::Tensor logits = predict(model, set, Compute{});
  CHECK(model.network->is_training());
  model.network->eval();
  const torch::NoGradGuard no_grad;
  const torch::Tensor x =
      torch::from_blob(const_cast<std::uint8_t*>(set.samples.data()), {300, 1, 10, 10}, torch::kByte);
  CHECK(torch::allclose(logits, model(x.to(torch::kFloat) / 255), 1e-4, 1e-5));
  PixelSet coloured = striped_set(3, 10, 3, 3, 4);
  CHECK(error_of([&] { predict(model, coloured, Compute{}); }).code() == Code::parameter);
}

TEST_CASE("a loss with soft targets is the mixture of its parts") {
  torch::manual_seed(1);
  const torch::Tensor logits = torch::randn({4, 3});
  Batch batch;
  batch.y = torch::tensor({0, 2, 1, 1}, torch::kLong);
  const torch::Tensor hard = batch_loss(logits, batch, true);
  CHECK(hard.sizes() == torch::IntArrayRef{4});
  CHECK(batch_loss(logits, batch).item<double>() == doctest::Approx(hard.mean().item<double>()));
  const torch::Tensor plain = -torch::log_softmax(logits, 1).gather(1, batch.y.unsqueeze(1)).squeeze(1);
  CHECK(torch::allclose(hard, plain));
  batch.soft =
      0.3 * torch::one_hot(batch.y, 3).to(torch::kFloat) + 0.7 * torch::one_hot(batch.y.flip(0), 3).to(torch::kFloat);
  Batch flipped;
  flipped.y = batch.y.flip(0);
  CHECK(torch::allclose(batch_loss(logits, batch, true), 0.3 * hard + 0.7 * batch_loss(logits, flipped, true)));
}
