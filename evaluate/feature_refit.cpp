#include "evaluate/feature_refit.h"

#include <array>
#include <vector>

#include "core/error.h"
#include "evaluate/draws.h"
#include "evaluate/pixels.h"

namespace wardmark {
namespace {

constexpr std::array kPerClass = {50.0, 10.0, 200.0};
constexpr std::int64_t kBatch = 128;
constexpr int kFolds = 5;

Breaker prepare(const BreakerInput& input) {
  if (input.clean_few == nullptr || input.clean_few->size() == 0)
    throw Error(Code::clean_missing, "dfr: needs some clean labelled pictures", "leave it out of --breakers");
  // A copy of what is drawn: the breaker may outlive its input.
  const PixelSet& few = *input.clean_few;
  const torch::Tensor drawn =
      balanced_sample(few, static_cast<std::int64_t>(input.strength.value_or(kPerClass[0])), input.seed);
  PixelSet kept = few;
  kept.samples.clear();
  kept.labels.clear();
  kept.ids.clear();
  for (std::int64_t i = 0; i < drawn.numel(); ++i) {
    const std::size_t row = static_cast<std::size_t>(drawn[i].item<std::int64_t>());
    kept.samples.insert(kept.samples.end(), few.item(row).begin(), few.item(row).end());
    kept.labels.push_back(few.labels[row]);
  }
  Breaker breaker;
  breaker.refit = [kept = std::move(kept)](Classifier& model, const PixelSet&) {
    refit_last_layer(model, kept, torch::arange(static_cast<std::int64_t>(kept.size()), torch::kInt64));
  };
  return breaker;
}

}  // namespace

torch::Tensor balanced_sample(const PixelSet& set, std::int64_t per_class, std::uint64_t seed) {
  torch::Generator random = seeded(seed, 2);
  std::vector<torch::Tensor> drawn;
  for (std::size_t c = 0; c < set.classes.size(); ++c) {
    const torch::Tensor rows = rows_of_class(set, static_cast<std::int64_t>(c));
    if (rows.numel() == 0)
      throw Error(Code::labels_missing, "class " + set.classes[c] + ": no clean picture to fit on",
                  "give clean pictures of every class");
    const torch::Tensor order = order_draw(rows.numel(), random, torch::kCPU);
    drawn.push_back(rows.index_select(0, order).slice(0, 0, per_class));
  }
  return std::get<0>(torch::cat(drawn).sort());
}

torch::Tensor features_of(const Classifier& model, const PixelSet& set, const torch::Tensor& rows) {
  const torch::NoGradGuard no_gradients;
  model.network->eval();
  std::vector<torch::Tensor> parts;
  for (const torch::Tensor& part : rows.split(kBatch)) {
    const torch::Tensor x = pictures_of(set, part).to(model.mean.device());
    parts.push_back(model.network->features((x - model.mean) / model.std).to(torch::kFloat64).cpu());
  }
  return torch::cat(parts);
}

void replace_last_layer(Classifier& model, const LinearModel& fitted) {
  const torch::NoGradGuard no_gradients;
  torch::nn::Linear layer = model.network->last_layer();
  layer->weight.set_data(fitted.weight.to(layer->weight.options()));
  layer->bias.set_data(fitted.bias.to(layer->bias.options()));
  layer->options.out_features(fitted.weight.size(0));
}

void refit_last_layer(Classifier& model, const PixelSet& clean, const torch::Tensor& rows) {
  const torch::Tensor features = features_of(model, clean, rows);
  const torch::Tensor labels = torch::tensor(clean.labels, torch::kInt64).index_select(0, rows);
  const auto classes = static_cast<std::int64_t>(clean.classes.size());
  replace_last_layer(model,
                     logistic_regression(features, labels, classes, chosen_penalty(features, labels, classes, kFolds)));
}

BreakerInfo feature_refit_breaker() {
  return {.name = "dfr",
          .summary = "the last layer fitted anew on this many clean pictures a class",
          .source = "arXiv 2204.02937, 2305.19254",
          .needs = Needs::clean_few,
          .unit = "clean pictures a class",
          .least = 2,
          .most = 5000,
          .whole = true,
          .strengths = kPerClass,
          .prepare = prepare};
}

}  // namespace wardmark
