#include "models/trainer.h"

#include <doctest/doctest.h>

#include <cmath>

#include "models/network_state.h"
#include "models/prediction.h"
#include "small_sets.h"

using namespace wardmark;
using namespace wardmark::testing;

namespace {

Recipe small_recipe(const char* architecture = "small_cnn", int epochs = 3) {
  Recipe recipe;
  recipe.architecture = architecture;
  recipe.width = 0.125;
  recipe.epochs = epochs;
  recipe.batch = 32;
  recipe.seed = 11;
  return recipe;
}

bool same_state(const Classifier& a, const Classifier& b) {
  const TensorMap left = copied_state(*a.network), right = copied_state(*b.network);
  if (left.size() != right.size()) return false;
  for (const auto& [name, tensor] : left) {
    if (!torch::equal(tensor, right.at(name))) return false;
  }
  return torch::equal(a.mean, b.mean) && torch::equal(a.std, b.std);
}

double accuracy(const Classifier& model, const PixelSet& set) {
  return hit_rates(predict(model, set, Compute{}), torch::tensor(set.labels, torch::kLong)).accuracy;
}

struct Steps : Report {
  std::vector<std::uint64_t> done;
  std::uint64_t total = 0;
  void progress(std::string_view stage, std::uint64_t finished, std::uint64_t all, std::uint64_t) override {
    CHECK(stage == "training");
    done.push_back(finished);
    total = all;
  }
  void warning(std::string_view, const Note&) override {}
  void refused(std::string_view, const Error&) override {}
};

}  // namespace

TEST_CASE("a network learns what there is to learn, in either precision") {
  const PixelSet train_set = striped_set(600, 16, 3, 3, 1), test_set = striped_set(300, 16, 3, 3, 2);
  Recipe recipe = small_recipe("small_cnn", 8);
  recipe.width = 0.25;
  for (const bool bf16 : {false, true}) {
    if (bf16 && !cpu_has_bf16()) {
      MESSAGE("no bf16 instructions here: skipped");
      continue;
    }
    const Compute compute{torch::kCPU, bf16};
    const Trained trained = train(recipe, train_set, nullptr, {}, compute);
    CHECK(accuracy(trained.last, test_set) > 0.95);
    CHECK(accuracy(trained.best, test_set) > 0.95);
    REQUIRE(trained.records.size() == 8);
    CHECK(trained.records.back().loss < 0.5 * trained.records.front().loss);
    CHECK(trained.records.back().train_accuracy > 0.9);
    CHECK(trained.records.back().validation_balanced > 0.9);
    CHECK_FALSE(trained.last.network->is_training());
  }
}

TEST_CASE("outputs that are no classes: the loss is the hook's, no epoch is the best, and it resumes") {
  set_threads(1);
  const PixelSet set = striped_set(120, 12, 3, 3, 1);
  Recipe recipe = small_recipe("small_cnn", 3);
  recipe.outputs = 5;
  std::vector<Bytes> kept;
  TrainControl control;
  control.hooks.loss = [](Classifier& model, const Batch& batch, torch::Generator&) {
    return (model(batch.x).to(torch::kFloat) - 1).square().mean();
  };
  control.checkpoint = [&](const Bytes& bytes) { kept.push_back(bytes); };
  const Trained whole = train(recipe, set, &set, control, Compute{});
  CHECK(whole.last.network->last_layer()->weight.size(0) == 5);
  CHECK(whole.best_epoch == 2);
  CHECK(same_state(whole.last, whole.best));
  CHECK(whole.records.back().loss < whole.records.front().loss);
  CHECK(std::isnan(whole.records.back().train_accuracy));
  REQUIRE(kept.size() == 3);
  const Bytes start = kept[0];
  TrainControl rest = control;
  rest.resume = start;
  CHECK(same_state(whole.last, train(recipe, set, &set, rest, Compute{}).last));
}

TEST_CASE("the seed decides the weights") {
  const PixelSet set = striped_set(90, 12, 1, 3, 1);
  Recipe recipe = small_recipe("small_cnn", 1);
  const Trained first = train(recipe, set, nullptr, {}, Compute{});
  torch::manual_seed(12345);  // whatever went on before
  CHECK(same_state(first.last, train(recipe, set, nullptr, {}, Compute{}).last));
  recipe.seed = 12;
  CHECK_FALSE(same_state(first.last, train(recipe, set, nullptr, {}, Compute{}).last));
}

TEST_CASE("a run that was stopped and resumed gives the weights of an uninterrupted one") {
  set_threads(1);
  const PixelSet set = striped_set(120, 12, 3, 3, 1);
  for (const char* architecture : {"small_cnn", "mobilenet_v2"}) {  // the second draws dropout
    INFO(architecture);
    const Recipe recipe = small_recipe(architecture, 3);
    std::vector<Bytes> kept;
    TrainControl control;
    control.hooks.augment = [](Batch& batch, torch::Generator& random) {
      batch.x = (batch.x + 0.05 * torch::randn(batch.x.sizes(), random)).clamp(0, 1);
    };
    control.checkpoint = [&](const Bytes& bytes) { kept.push_back(bytes); };
    const Trained whole = train(recipe, set, nullptr, control, Compute{});
    REQUIRE(kept.size() == 3);

    for (const std::size_t from : {0u, 1u, 2u}) {
      TrainControl rest = control;
      const Bytes start = kept[from];
      rest.resume = start;
      Steps steps;
      rest.report = &steps;
      const Trained resumed = train(recipe, set, nullptr, rest, Compute{});
      CHECK(same_state(whole.last, resumed.last));
      CHECK(same_state(whole.best, resumed.best));
      CHECK(whole.best_epoch == resumed.best_epoch);
      REQUIRE(resumed.records.size() == 3);
      for (std::size_t i = 0; i < 3; ++i) CHECK(resumed.records[i].loss == whole.records[i].loss);
      CHECK(steps.done.size() == 4 * (2 - from));
    }

    // Stopped within the second epoch: the checkpoint of the first one goes on.
    kept.clear();
    int asked = 0;
    TrainControl cut = control;
    cut.stop = [&] { return ++asked > 6; };
    const Trained part = train(recipe, set, nullptr, cut, Compute{});
    CHECK(part.stopped);
    CHECK(part.records.size() == 1);
    CHECK(part.best_epoch == 0);
    CHECK_FALSE(same_state(part.last, whole.last));
    REQUIRE(kept.size() == 1);
    TrainControl rest = control;
    const Bytes start = kept[0];
    rest.resume = start;
    CHECK(same_state(whole.last, train(recipe, set, nullptr, rest, Compute{}).last));
  }
}

TEST_CASE("a run begins with the weights it is given; a last layer for other classes is new") {
  const PixelSet set = striped_set(90, 12, 3, 3, 1);
  const Recipe recipe = small_recipe("small_cnn", 4);
  const TensorMap learned = copied_state(*train(recipe, set, nullptr, {}, Compute{}).last.network);
  Recipe still = small_recipe("small_cnn", 1);
  still.rate = 1e-9;
  still.weight_decay = 0;
  TrainControl control;
  control.begin = &learned;
  const auto weights = [](const Trained& trained) { return copied_state(*trained.last.network); };
  const TensorMap same = weights(train(still, set, nullptr, control, Compute{}));
  const TensorMap fresh = weights(train(still, set, nullptr, {}, Compute{}));
  PixelSet four = set;
  four.classes.push_back("fourth");
  const TensorMap other = weights(train(still, four, nullptr, control, Compute{}));
  for (const auto& [name, tensor] : learned) {
    if (name.find("running") != std::string::npos || name.find("num_batches") != std::string::npos) continue;
    INFO(name);
    CHECK(torch::allclose(tensor, same.at(name), 0, 1e-5));
    if (tensor.dim() == 4) CHECK_FALSE(torch::allclose(tensor, fresh.at(name), 0, 1e-2));
    if (other.at(name).sizes() == tensor.sizes()) CHECK(torch::allclose(tensor, other.at(name), 0, 1e-5));
  }
  TensorMap foreign = learned;
  foreign.erase(foreign.begin());
  control.begin = &foreign;
  CHECK(error_of([&] { train(still, set, nullptr, control, Compute{}); }).code() == Code::model_format);
}

TEST_CASE("checkpoints of other runs, and damaged ones, are refused") {
  const PixelSet set = striped_set(60, 12, 3, 3, 1);
  Recipe recipe = small_recipe("small_cnn", 2);
  Bytes kept;
  TrainControl control;
  control.checkpoint = [&](const Bytes& bytes) { kept = bytes; };
  train(recipe, set, nullptr, control, Compute{});
  const auto code_of = [](const Recipe& r, const PixelSet& pictures, ByteView bytes) {
    TrainControl resumed;
    resumed.resume = bytes;
    return error_of([&] { train(r, pictures, nullptr, resumed, Compute{}); }).code();
  };
  Recipe other = recipe;
  other.rate = 0.2;
  CHECK(code_of(other, set, kept) == Code::recipe_changed);
  other = recipe;
  other.tag = "cutout";
  CHECK(code_of(other, set, kept) == Code::recipe_changed);
  PixelSet changed = set;
  changed.samples[5] ^= 1;
  CHECK(code_of(recipe, changed, kept) == Code::recipe_changed);
  changed = set;
  std::swap(changed.labels[0], changed.labels[1]);
  CHECK(code_of(recipe, changed, kept) == Code::recipe_changed);
  CHECK(code_of(recipe, set, ByteView(kept).first(kept.size() / 2)) == Code::model_format);
  CHECK(code_of(recipe, set, write_safetensors({{"a", torch::ones({1})}})) == Code::model_format);
  Checkpoint state = read_checkpoint(kept, run_identity(recipe, set, nullptr));
  state.momenta.erase(state.momenta.begin());
  CHECK(code_of(recipe, set, write_checkpoint(state)) == Code::model_format);
}

TEST_CASE("the best epoch and the last are told apart") {
  const PixelSet set = striped_set(240, 12, 3, 3, 1), validation = striped_set(90, 12, 3, 3, 2);
  Recipe recipe = small_recipe("small_cnn", 6);
  recipe.decay = Decay::cosine;
  TrainControl control;
  control.hooks.augment = [](Batch& batch, torch::Generator&) {
    if (batch.epoch >= 3) batch.y = (batch.y + 1).remainder(3);  // from here on it learns the wrong thing
  };
  const Trained trained = train(recipe, set, &validation, control, Compute{});
  CHECK(trained.best_epoch < 4);
  const auto& best = trained.records[static_cast<std::size_t>(trained.best_epoch)];
  for (const EpochRecord& record : trained.records) CHECK(record.validation_balanced <= best.validation_balanced);
  CHECK(best.validation_balanced > 0.6);
  CHECK(trained.records.back().validation_balanced < best.validation_balanced - 0.2);
  CHECK(accuracy(trained.best, validation) == doctest::Approx(best.validation_accuracy));
  CHECK(accuracy(trained.last, validation) == doctest::Approx(trained.records.back().validation_accuracy));
}

TEST_CASE("without validation pictures the last epoch counts") {
  const PixelSet set = striped_set(60, 12, 3, 3, 1);
  Recipe recipe = small_recipe("small_cnn", 2);
  recipe.validation_share = 0;
  Steps steps;
  TrainControl control;
  control.report = &steps;
  const Trained trained = train(recipe, set, nullptr, control, Compute{});
  CHECK(trained.best_epoch == 1);
  CHECK(same_state(trained.best, trained.last));
  CHECK(std::isnan(trained.records[1].validation_accuracy));
  CHECK(steps.done == std::vector<std::uint64_t>{1, 2, 3, 4});
  CHECK(steps.total == 4);
}

TEST_CASE("validation pictures are not learned from") {
  // All of one class wear a label that only validation pictures could teach.
  PixelSet set = striped_set(60, 12, 3, 3, 1);
  std::vector<torch::Tensor> seen;
  TrainControl control;
  control.hooks.augment = [&](Batch& batch, torch::Generator&) { seen.push_back(batch.x); };
  Recipe recipe = small_recipe("small_cnn", 2);
  recipe.crop_and_flip = false;
  recipe.validation_share = 0.25;
  train(recipe, set, nullptr, control, Compute{});
  std::int64_t shown = 0;
  for (const auto& x : seen) shown += x.size(0);
  CHECK(shown == 2 * 45);
  // Two epochs of the same 45 pictures: each occurs twice, so the sums of squares of both halves agree.
  const torch::Tensor all = torch::cat(seen).flatten(1).to(torch::kDouble).pow(2).sum(1);
  CHECK(torch::allclose(std::get<0>(all.slice(0, 0, 45).sort()), std::get<0>(all.slice(0, 45).sort())));
}

TEST_CASE("a balanced run shows every class as often") {
  PixelSet set = striped_set(90, 12, 1, 2, 1);
  for (std::size_t i = 0; i < 80; ++i) set.labels[i] = 0;  // 85 of one class, 5 of the other
  for (const bool balanced : {false, true}) {
    Recipe recipe = small_recipe("small_cnn", 1);
    recipe.balanced = balanced;
    recipe.validation_share = 0;
    std::int64_t rare = 0;
    TrainControl control;
    control.hooks.augment = [&](Batch& batch, torch::Generator&) { rare += batch.y.sum().item<std::int64_t>(); };
    train(recipe, set, nullptr, control, Compute{});
    CHECK(rare == (balanced ? 45 : 5));
  }
}

TEST_CASE("a loss of its own is what the run goes down on") {
  const PixelSet set = striped_set(90, 12, 3, 3, 1);
  Recipe recipe = small_recipe("small_cnn", 1);
  int calls = 0;
  TrainControl control;
  control.hooks.loss = [&](Classifier& model, const Batch& batch, torch::Generator&) {
    ++calls;
    torch::Tensor x = batch.x.clone().set_requires_grad(true);
    batch_loss(model(x), batch).backward();  // gradients of an attack must not leak into the step
    return batch_loss(model(batch.x), batch);
  };
  const Trained attacked = train(recipe, set, nullptr, control, Compute{});
  CHECK(calls == 3);
  CHECK(attacked.records[0].train_accuracy >= 0);
  control.hooks.loss = [&](Classifier& model, const Batch& batch, torch::Generator&) {
    model(batch.x);  // the running means see the same batches
    return batch_loss(model(batch.x), batch);
  };
  const Trained plain = train(recipe, set, nullptr, control, Compute{});
  CHECK(same_state(attacked.last, plain.last));
  control.hooks.loss = [&](Classifier& model, const Batch& batch, torch::Generator&) {
    model(batch.x);
    return 2 * batch_loss(model(batch.x), batch);
  };
  CHECK_FALSE(same_state(attacked.last, train(recipe, set, nullptr, control, Compute{}).last));
}

TEST_CASE("a loss that is no number ends the run") {
  const PixelSet set = striped_set(60, 12, 3, 3, 1);
  for (const double bad : {std::nan(""), std::numeric_limits<double>::infinity()}) {
    TrainControl control;
    control.hooks.loss = [&](Classifier& model, const Batch& batch, torch::Generator&) {
      return batch_loss(model(batch.x), batch) * (batch.epoch == 1 ? bad : 1.0);
    };
    const Error error = error_of([&] { train(small_recipe(), set, nullptr, control, Compute{}); });
    CHECK(error.code() == Code::nan_loss);
    CHECK(std::string(error.what()).find("epoch 2, step 1") != std::string::npos);
  }
}

TEST_CASE("sets and recipes that cannot be trained on are refused") {
  const PixelSet good = striped_set(60, 12, 3, 3, 1);
  const auto code_of = [](const PixelSet& set, const PixelSet* validation = nullptr, Recipe recipe = small_recipe()) {
    return error_of([&] { train(recipe, set, validation, {}, Compute{}); }).code();
  };
  CHECK(code_of(PixelSet{}) == Code::input_empty);
  PixelSet set = good;
  std::ranges::fill(set.labels, 2);
  CHECK(code_of(set) == Code::labels_one_class);
  set = good;
  set.labels[3] = 3;
  CHECK(code_of(set) == Code::parameter);
  set = good;
  set.samples.pop_back();
  CHECK(code_of(set) == Code::parameter);
  CHECK(code_of(striped_set(60, 6, 3, 3, 1)) == Code::parameter);  // smaller than any network takes
  PixelSet other = striped_set(30, 16, 3, 3, 1);
  CHECK(code_of(good, &other) == Code::parameter);
  other = striped_set(30, 12, 3, 2, 1);
  CHECK(code_of(good, &other) == Code::parameter);
  other = PixelSet{};
  CHECK(code_of(good, &other) == Code::input_empty);
  Recipe recipe = small_recipe();
  recipe.epochs = 0;
  CHECK(code_of(good, nullptr, recipe) == Code::parameter);
  recipe = small_recipe("resnet");
  CHECK(code_of(good, nullptr, recipe) == Code::parameter);
  recipe = small_recipe();
  recipe.rate = std::nan("");
  CHECK(code_of(good, nullptr, recipe) == Code::parameter);
}
