#include "evaluate/run_cell.h"

#include <algorithm>
#include <chrono>

#include "core/error.h"
#include "evaluate/scores.h"
#include "models/prediction.h"

namespace wardmark {
namespace {

constexpr std::size_t kStepsPerEpoch = 20;
constexpr std::size_t kPacePictures = 256;

std::optional<BreakerChoice> choice_of(const Cell& cell) {
  if (cell.breaker == "none") return std::nullopt;
  return read_breaker(cell.breaker);
}

PixelSet training_set(const Cell& cell, const Question& question, const Material& material) {
  const std::uint64_t seed = question.seed + static_cast<std::uint64_t>(cell.repeat);
  switch (cell.data) {
    case Data::clean:
      return material.clean;
    case Data::marked:
      return material.marked;
    case Data::mixture:
      return mixture(material, cell.share, seed);
    case Data::clean_part:
      return subset(material.clean, clean_items(material.marked, cell.share, seed));
  }
  broken_promise("training data of a cell");
}

Breaker prepare(const BreakerChoice& choice, const PixelSet& train, const Material& material, const Codecs& codecs,
                std::uint64_t seed) {
  PixelSet few, pairs_clean, pairs_marked;
  const auto per_class = static_cast<std::size_t>(choice.strength.value_or(1));
  if (choice.info->needs == Needs::clean_few) {
    few = subset(material.clean, few_per_class(material.clean, per_class, seed));
  }
  if (choice.info->needs == Needs::clean_pairs) {
    const std::vector<std::size_t> chosen = few_per_class(material.clean, per_class, seed);
    pairs_clean = subset(material.clean, chosen);
    pairs_marked = subset(material.marked, chosen);
  }
  BreakerInput input;
  input.strength = choice.strength;
  input.train = &train;
  input.clean_few = &few;
  input.pairs_clean = &pairs_clean;
  input.pairs_marked = &pairs_marked;
  input.codecs = codecs;
  input.seed = seed;
  return choice.info->prepare(input);
}

Reading read(const torch::Tensor& given, int epoch, const PixelSet& test) {
  const torch::Tensor logits = given.to(torch::kCPU, torch::kFloat).contiguous();
  const std::span<const float> values(logits.data_ptr<float>(), static_cast<std::size_t>(logits.numel()));
  const Scores scores = score(values, test.labels, static_cast<int>(test.classes.size()));
  Reading out{epoch, scores.accuracy, scores.balanced_accuracy, scores.auc, {}};
  const torch::Tensor predicted = logits.argmax(1).to(torch::kInt).contiguous();
  out.predicted.assign(predicted.data_ptr<std::int32_t>(), predicted.data_ptr<std::int32_t>() + predicted.numel());
  return out;
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// What else a run tells, which was trained on `train_set` and is tested on `test`.
std::vector<CellResult> by_products(const CellRun& run, const PixelSet& train_set, const PixelSet& test) {
  std::vector<CellResult> out;
  for (const BreakerInfo& info : breakers()) {
    if (info.by_product_of != run.result.cell.breaker) continue;
    const Breaker breaker = info.prepare({});
    CellResult result = run.result;
    result.cell.breaker = info.name;
    result.seconds = 0;
    if (breaker.best_epoch) result.last = run.result.best;
    if (breaker.scores) {
      const auto start = std::chrono::steady_clock::now();
      result.last = read(breaker.scores(run.last, train_set, test), run.result.last.epoch, test);
      result.best = run.best.network == run.last.network
                        ? result.last
                        : read(breaker.scores(run.best, train_set, test), run.result.best.epoch, test);
      result.seconds = seconds_since(start);
    }
    out.push_back(std::move(result));
  }
  return out;
}

}  // namespace

Recipe cell_recipe(const Cell& cell, const Question& question, std::size_t train_items) {
  Recipe recipe;
  recipe.architecture = cell.network;
  recipe.width = question.width;
  recipe.epochs = question.epochs;
  recipe.batch = static_cast<int>(std::clamp<std::size_t>(train_items / kStepsPerEpoch, 16, 128));
  recipe.seed = question.seed + static_cast<std::uint64_t>(cell.repeat);
  recipe.tag = cell.data_text() + ", " + cell.breaker;
  return recipe;
}

CellRun run_cell(const Cell& cell, const Question& question, const Material& material, const CellControl& control,
                 const Compute& compute) {
  const auto start = std::chrono::steady_clock::now();
  const std::uint64_t seed = question.seed + static_cast<std::uint64_t>(cell.repeat);
  PixelSet train_set = training_set(cell, question, material);
  const auto choice = choice_of(cell);
  Breaker breaker;
  if (choice) breaker = prepare(*choice, train_set, material, control.codecs, seed);
  if (breaker.preprocess) train_set = breaker.preprocess(train_set);
  PixelSet changed_validation, changed_test;
  if (breaker.preprocess_test) {
    changed_validation = breaker.preprocess_test(material.validation);
    changed_test = breaker.preprocess_test(material.test);
  }
  const PixelSet& validation = breaker.preprocess_test ? changed_validation : material.validation;
  const PixelSet& test = breaker.preprocess_test ? changed_test : material.test;

  Recipe recipe = cell_recipe(cell, question, train_set.size());
  recipe.outputs = breaker.outputs;
  TrainControl train_control;
  train_control.hooks = breaker.hooks;
  train_control.checkpoint = control.checkpoint;
  train_control.resume = control.resume;
  train_control.stop = control.stop;
  train_control.report = control.report;
  Trained trained = train(recipe, train_set, &validation, train_control, compute);
  CellRun run;
  if (trained.stopped) {
    run.stopped = true;
    return run;
  }
  if (breaker.refit) {
    const bool same = trained.best.network == trained.last.network;
    breaker.refit(trained.last, train_set);
    if (!same) breaker.refit(trained.best, train_set);
  }
  run.result.cell = cell;
  run.result.train_items = train_set.size();
  run.result.epochs = recipe.epochs;
  run.result.seed = recipe.seed;
  run.result.compute = compute.text();
  run.last = std::move(trained.last);
  run.best = std::move(trained.best);
  run.result.last = read(predict(run.last, test, compute), recipe.epochs, test);
  run.result.best = read(predict(run.best, test, compute), trained.best_epoch + 1, test);
  run.result.seconds = seconds_since(start);
  run.by_products = by_products(run, train_set, test);
  return run;
}

Pace measure_pace(const Question& question, const Material& material, const Compute& compute) {
  Pace pace;
  const PixelSet few = subset(material.marked, stratified(material.marked, kPacePictures, question.seed));
  for (const std::string& network : question.networks) {
    Cell cell;
    cell.network = network;
    // One epoch of a few steps that is not counted, and one that is.
    Recipe recipe = cell_recipe(cell, question, material.marked.size());
    recipe.epochs = 2;
    recipe.validation_share = 0;
    const Trained trained = train(recipe, few, nullptr, {}, compute);
    pace.seconds_per_item[network] = trained.records.back().seconds / static_cast<double>(few.size());
  }
  return pace;
}

}  // namespace wardmark
