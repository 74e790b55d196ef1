#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "core/error.h"
#include "material.h"

using namespace wardmark;
using namespace wardmark::testing;

namespace {

std::string hint_of(std::string_view list) {
  try {
    choose_breakers(list);
  } catch (const Error& error) {
    CHECK(error.code() == Code::parameter);
    return std::string(error.what()) + " | " + error.hint();
  }
  return "";
}

bool same_pixels(const PixelSet& a, const PixelSet& b) { return a.same_shape(b) && a.samples == b.samples; }

// Everything that a row needs.
struct World {
  PixelSet train, clean, marked, few;
  BreakerInput input;
  World(int height, int width, int channels) {
    train = pictures(24, height, width, channels, 3, 1);
    few = pictures(12, height, width, channels, 3, 2);
    clean = pictures(6, height, width, channels, 3, 3);
    marked = clean;
    for (std::size_t i = 0; i < marked.samples.size(); ++i)
      marked.samples[i] = static_cast<std::uint8_t>(
          std::min(255, marked.samples[i] + static_cast<int>(i % marked.item_samples() % 7) * 4));
    input.train = &train;
    input.clean_few = &few;
    input.pairs_clean = &clean;
    input.pairs_marked = &marked;
    input.codecs = coarse_codecs();
    input.seed = 5;
  }
};

void check_step(const Breaker& breaker, const World& world, std::string_view name) {
  const Batch batch = batch_of(16, world.train.channels, world.train.height, world.train.width, 3);
  if (breaker.hooks.augment) {
    Batch once = batch;
    Batch again = batch;
    torch::Generator a = generator(3), b = generator(3);
    breaker.hooks.augment(once, a);
    breaker.hooks.augment(again, b);
    CHECK(torch::equal(once.x, again.x));
    CHECK(!torch::equal(once.x, batch.x));
    CHECK(once.x.sizes() == batch.x.sizes());
    CHECK(once.x.dtype() == torch::kFloat32);
    CHECK(once.x.min().item<float>() >= 0.0F);
    CHECK(once.x.max().item<float>() <= 1.0F);
    CHECK(torch::equal(batch.x, batch_of(16, world.train.channels, world.train.height, world.train.width, 3).x));
    torch::Generator c = generator(4);
    Batch other = batch;
    breaker.hooks.augment(other, c);
    CHECK(!torch::equal(once.x, other.x));
    if (once.soft.defined()) CHECK(once.soft.sum(1).sub(1).abs().max().item<float>() < 1e-5F);
  }
  if (breaker.hooks.loss) {
    Classifier model = tiny_classifier(world.train.channels, 3);
    torch::Generator a = generator(3);
    const torch::Tensor loss = breaker.hooks.loss(model, batch, a);
    loss.backward();
    CHECK(loss.dim() == 0);
    CHECK(model.network->is_training());
    CHECK(model.network->last_layer()->weight.grad().abs().sum().item<float>() > 0);
    Classifier twin = tiny_classifier(world.train.channels, 3);
    torch::Generator b = generator(3);
    CHECK(breaker.hooks.loss(twin, batch, b).item<float>() == loss.item<float>());
    Classifier plain = tiny_classifier(world.train.channels, 3);
    CHECK_MESSAGE(loss.item<float>() > batch_loss(plain(batch.x), batch).item<float>(), name);
  }
}

}  // namespace

TEST_CASE("every row keeps the contract: repeatable, in range, shapes kept, and it does something") {
  for (const int channels : {1, 3}) {
    const World world(24, 20, channels);
    for (const BreakerChoice& choice : choose_breakers("full")) {
      const std::string name = choice.text();
      CAPTURE(name);
      CAPTURE(channels);
      BreakerInput input = world.input;
      input.strength = choice.strength;
      const Breaker breaker = choice.info->prepare(input);
      const bool acts = breaker.preprocess || breaker.hooks.augment || breaker.hooks.loss || breaker.refit ||
                        breaker.best_epoch || breaker.scores;
      CHECK(acts == !(name == "grayscale" && channels == 1));
      if (breaker.preprocess) {
        const PixelSet before = world.train;
        const PixelSet once = breaker.preprocess(world.train);
        CHECK(same_pixels(before, world.train));
        CHECK(same_pixels(once, choice.info->prepare(input).preprocess(world.train)));
        CHECK(once.samples.size() == once.size() * once.item_samples());
        CHECK(once.labels == world.train.labels);
        CHECK(once.classes == world.train.classes);
        CHECK(once.same_shape(world.train));
        CHECK(!same_pixels(once, world.train));
        CHECK(breaker.preprocess(pictures(0, 24, 20, channels, 3)).size() == 0);
      }
      CHECK(static_cast<bool>(breaker.preprocess_test) == (choice.info->name == "high-pass"));
      check_step(breaker, world, name);
    }
  }
}

TEST_CASE("rows are well formed") {
  std::set<std::string_view> names;
  bool quick = false;
  for (const BreakerInfo& info : breakers()) {
    CAPTURE(info.name);
    CHECK(names.insert(info.name).second);
    CHECK(!info.summary.empty());
    CHECK(!info.source.empty());
    CHECK((info.prepare != nullptr));
    CHECK(info.strengths.empty() == info.unit.empty());
    for (const double strength : info.strengths) {
      CHECK(strength >= info.least);
      CHECK(strength <= info.most);
      if (info.whole) CHECK(strength == static_cast<int>(strength));
    }
    if (!info.strengths.empty()) CHECK(info.strengths.size() >= 3);
    if (!info.by_product_of.empty()) {
      CHECK((info.by_product_of == "none" || read_breaker(info.by_product_of).info->by_product_of.empty()));
    }
    quick = quick || info.quick;
    if (info.quick) CHECK(info.needs == Needs::nothing);
  }
  CHECK(quick);
}

TEST_CASE("what is asked for by name") {
  const auto texts = [](std::string_view list) {
    std::string all;
    for (const BreakerChoice& choice : choose_breakers(list)) all += choice.text() + " ";
    return all;
  };
  CHECK(texts("jpeg:30,grayscale,jpeg,gaussian:1.2,jpeg:30") == "jpeg:30 grayscale jpeg:10 gaussian:1.2 ");
  CHECK(texts("quick") == "early-stop jpeg:10 grayscale rsk-ff coin:2 ueraser-lite ");
  CHECK(texts("cutout,quick,coin") == "cutout early-stop jpeg:10 grayscale rsk-ff coin:2 ueraser-lite ");
  CHECK(texts("nearest-neighbour,linear-probe") == "linear-probe nearest-neighbour ");
  const std::string full = texts("full");
  for (const BreakerInfo& info : breakers()) CHECK(full.find(info.name) != std::string::npos);
  CHECK(full.find("jpeg:10 jpeg:30 jpeg:50 ") != std::string::npos);
  CHECK(full.find("known-pairs:3 known-pairs:1 known-pairs:10 ") != std::string::npos);
  CHECK(full.find("gaussian:0.1") == std::string::npos);
}

TEST_CASE("what is refused, with the way out") {
  CHECK(hint_of("jpg").find("unknown breaker: jpg | did you mean jpeg?") == 0);
  CHECK(hint_of("nonsense-entirely").find("choose quick, full, or of:") != std::string::npos);
  CHECK(hint_of("").find("unknown breaker") == 0);
  CHECK(hint_of("cutout,").find("unknown breaker") == 0);
  CHECK(hint_of("jpeg:0").find("jpeg:0: out of range | write jpeg:N with a whole number from 1 to 100") == 0);
  CHECK(hint_of("jpeg:101").find("jpeg:101: out of range") == 0);
  CHECK(hint_of("jpeg:10.5").find("not a whole number") != std::string::npos);
  CHECK(hint_of("jpeg:").find("not a number") != std::string::npos);
  CHECK(hint_of("jpeg:10x").find("not a number") != std::string::npos);
  CHECK(hint_of("gaussian:nan").find("not a number") != std::string::npos);
  CHECK(hint_of("gaussian:0.1").find("out of range") != std::string::npos);
  CHECK(hint_of("grayscale:2").find("takes no number") != std::string::npos);
}

TEST_CASE("without a codec, clean pictures or pairs the rows that need them refuse") {
  World world(16, 16, 3);
  world.input.codecs = {};
  int refused = 0;
  for (const BreakerInfo& info : breakers()) {
    if (!info.needs_codec) continue;
    ++refused;
    CHECK_THROWS_AS(info.prepare(world.input), Error);
  }
  CHECK(refused == 3);
  world.input.clean_few = nullptr;
  world.input.pairs_clean = nullptr;
  CHECK_THROWS_AS(prepared("dfr", world.input), Error);
  CHECK_THROWS_AS(prepared("known-pairs", world.input), Error);
  const World other(16, 16, 3);
  world.input.pairs_clean = &other.clean;
  PixelSet relabelled = other.marked;
  relabelled.labels[0] = 2;
  world.input.pairs_marked = &relabelled;
  CHECK_THROWS_AS(prepared("known-pairs", world.input), Error);
}
