#include "models/language_trainer.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "models/adamw.h"
#include "models/head_loss.h"
#include "models/seeds.h"

namespace wardmark {
namespace {

using nlohmann::json;

constexpr auto kSizes = std::to_array<LanguageSize>({
    {"gpt-nano", 3, 4, 64},
    {"gpt-micro", 4, 4, 128},
    {"gpt-mini", 6, 6, 192},
    {"gpt-small", 8, 8, 320},
});

constexpr double kWarmUp = 0.02, kFloor = 0.1;

double rate_at(std::int64_t step, std::int64_t steps, double peak) {
  const double warm = std::max(1.0, kWarmUp * static_cast<double>(steps));
  const auto at = static_cast<double>(step);
  if (at < warm) return peak * (at + 1) / warm;
  const double done = (at - warm) / std::max(1.0, static_cast<double>(steps) - warm);
  return peak * (kFloor + (1 - kFloor) * 0.5 * (1 + std::cos(M_PI * std::min(1.0, done))));
}

/// What a checkpoint belongs to.
std::string identity_of(const LanguageRecipe& recipe, const LanguageModel& model,
                        const std::vector<std::int32_t>& tokens) {
  std::uint64_t sum = 1469598103934665603;  // FNV-1a: against mistakes, not against anybody
  for (const std::int32_t token : tokens) sum = (sum ^ static_cast<std::uint32_t>(token)) * 1099511628211;
  const LanguageConfig& c = model.config();
  return json{
      {"context", recipe.context},    {"batch", recipe.batch}, {"epochs", recipe.epochs}, {"rate", recipe.rate},
      {"decay", recipe.weight_decay}, {"seed", recipe.seed},   {"tokens", tokens.size()}, {"sum", sum},
      {"family", c.family},           {"layers", c.layers},    {"width", c.width},        {"vocabulary", c.vocabulary}}
      .dump();
}

class Run {
 public:
  Run(LanguageModel& model, const std::vector<std::int32_t>& tokens, const LanguageRecipe& recipe,
      const LanguageControl& control, const Compute& compute)
      : model_(model),
        recipe_(recipe),
        control_(control),
        compute_(compute),
        stream_(torch::tensor(tokens, torch::kInt)),
        optimiser_(model.parameters(), settings(recipe)) {
    rows_ = (stream_.size(0) - 1) / recipe.context - 1;
    if (rows_ < 1) {
      throw Error(
          Code::parameter,
          std::to_string(tokens.size()) + " tokens are fewer than two rows of " + std::to_string(recipe.context),
          "a longer corpus, or a smaller --context");
    }
    steps_ = (rows_ + recipe.batch - 1) / recipe.batch;
    if (control.checkpoint || !control.resume.empty()) identity_ = identity_of(recipe, model, tokens);
    if (!control.resume.empty()) load();
  }

  LanguageTrained finish() {
    while (static_cast<int>(done_.epochs.size()) < recipe_.epochs && !done_.stopped) {
      epoch(static_cast<std::int64_t>(done_.epochs.size()));
      if (!done_.stopped && control_.checkpoint) control_.checkpoint(state());
    }
    return done_;
  }

 private:
  static AdamW::Settings settings(const LanguageRecipe& recipe) {
    AdamW::Settings settings;
    settings.weight_decay = recipe.weight_decay;
    return settings;
  }

  void epoch(std::int64_t number) {
    torch::Generator random = seeded_generator(draw_seed(recipe_.seed, Draw::order, number));
    const std::int64_t shift = torch::randint(recipe_.context, {1}, random, torch::kLong).item<std::int64_t>();
    const torch::Tensor order = torch::randperm(rows_, random, torch::kLong);
    const torch::Tensor all = stream_.slice(0, shift, shift + rows_ * recipe_.context);
    const torch::Tensor next = stream_.slice(0, shift + 1, shift + 1 + rows_ * recipe_.context);
    const auto began = std::chrono::steady_clock::now();
    LanguageEpoch record;
    double sum = 0;
    for (std::int64_t step = 0; step < steps_; ++step) {
      if (control_.stop && control_.stop()) {
        done_.stopped = true;
        return;
      }
      const torch::Tensor chosen = order.slice(0, step * recipe_.batch, std::min(rows_, (step + 1) * recipe_.batch));
      const auto taken = [&](const torch::Tensor& x) {
        return x.view({rows_, recipe_.context}).index_select(0, chosen).to(torch::kLong).to(compute_.device);
      };
      const std::int64_t overall = number * steps_ + step;
      sum += one_step(taken(all), taken(next), rate_at(overall, steps_ * recipe_.epochs, recipe_.rate)) *
             static_cast<double>(chosen.size(0));
      if (control_.report)
        control_.report->progress("training", static_cast<std::uint64_t>(overall + 1),
                                  static_cast<std::uint64_t>(steps_ * recipe_.epochs), 0);
    }
    record.tokens = rows_ * recipe_.context;
    record.loss = sum / static_cast<double>(rows_);
    record.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    if (!std::isfinite(record.loss))
      throw Error(Code::parameter, "the training lost its way: no finite loss", "a smaller --rate");
    done_.epochs.push_back(record);
  }

  double one_step(const torch::Tensor& rows, const torch::Tensor& targets, double rate) {
    LanguageStep step;
    step.tokens = rows;
    step.positions = torch::arange(rows.size(1), rows.options());
    step.mask = causal_mask(rows.size(1), compute_.device);
    optimiser_.clear();
    torch::Tensor hidden;
    {
      const Autocast autocast(compute_);
      hidden = model_.hidden(step);
    }
    const torch::Tensor states = hidden.to(torch::kFloat).view({-1, model_.config().width});
    const torch::Tensor loss = head_loss(states, model_.head_weight(), targets.view({-1}), compute_.bf16);
    loss.backward();
    optimiser_.step(rate);
    return loss.item<double>();
  }

  Bytes state() {
    TensorMap tensors;
    const auto named = model_.named_parameters();
    for (std::size_t i = 0; i < named.size(); ++i) {
      tensors["p." + named[i].key()] = named[i].value().detach();
      tensors["m." + named[i].key()] = optimiser_.means()[i];
      tensors["v." + named[i].key()] = optimiser_.squares()[i];
    }
    json records = json::array();
    for (const LanguageEpoch& e : done_.epochs) records.push_back({e.loss, e.seconds, e.tokens});
    return write_safetensors(
        tensors, {{"identity", identity_}, {"steps", std::to_string(optimiser_.steps())}, {"epochs", records.dump()}});
  }

  void load() {
    const TensorFile file = read_safetensors(control_.resume);
    const auto said = [&](const char* key) {
      const auto found = file.metadata.find(key);
      if (found == file.metadata.end()) throw Error(Code::model_format, "no checkpoint of a language model's training");
      return found->second;
    };
    if (said("identity") != identity_) {
      throw Error(Code::recipe_changed, "the checkpoint belongs to another corpus, model or recipe",
                  "repeat the command as it was, or begin anew with --overwrite");
    }
    const torch::NoGradGuard no_grad;
    const auto copy = [&](const std::string& name, torch::Tensor& to) {
      const auto found = file.tensors.find(name);
      if (found == file.tensors.end() || found->second.sizes() != to.sizes() ||
          found->second.scalar_type() != torch::kFloat)
        throw Error(Code::model_format, "the checkpoint is damaged: " + name);
      to.copy_(found->second);
    };
    auto named = model_.named_parameters();
    for (std::size_t i = 0; i < named.size(); ++i) {
      copy("p." + named[i].key(), named[i].value());
      copy("m." + named[i].key(), optimiser_.means()[i]);
      copy("v." + named[i].key(), optimiser_.squares()[i]);
    }
    const json records = json::parse(said("epochs"), nullptr, false);
    optimiser_.steps() = std::strtoll(said("steps").c_str(), nullptr, 10);
    for (const json& record : records) {
      if (!record.is_array() || record.size() != 3)
        throw Error(Code::model_format, "the checkpoint is damaged: epochs");
      done_.epochs.push_back({record[0].get<double>(), record[1].get<double>(), record[2].get<std::int64_t>()});
    }
  }

  LanguageModel& model_;
  const LanguageRecipe& recipe_;
  const LanguageControl& control_;
  Compute compute_;
  torch::Tensor stream_;
  AdamW optimiser_;
  std::int64_t rows_ = 0, steps_ = 0;
  std::string identity_;
  LanguageTrained done_;
};

}  // namespace

std::span<const LanguageSize> language_sizes() { return kSizes; }

const LanguageSize& find_language_size(std::string_view name) {
  const auto found = std::ranges::find(kSizes, name, &LanguageSize::name);
  if (found != kSizes.end()) return *found;
  std::string all;
  for (const LanguageSize& size : kSizes) all += (all.empty() ? "" : ", ") + std::string(size.name);
  throw Error(Code::parameter, "unknown size of a language model: " + std::string(name),
              all + ", or the folder of a model to begin with");
}

LanguageConfig language_config(const LanguageSize& size, std::int64_t vocabulary, std::int64_t context) {
  LanguageConfig config;
  config.family = "gpt2";
  config.vocabulary = vocabulary;
  config.context = context;
  config.width = size.width;
  config.layers = size.layers;
  config.heads = config.key_heads = size.heads;
  config.head_width = size.width / size.heads;
  config.hidden = 4 * size.width;
  config.begin = static_cast<std::int32_t>(vocabulary - 1);
  config.ends = {config.begin};
  return config;
}

void check_language_recipe(const LanguageRecipe& recipe) {
  const auto within = [](const char* name, double value, double low, double high) {
    if (value >= low && value <= high) return;
    throw Error(Code::parameter, std::string(name) + " is " + std::to_string(value) + ", not " + std::to_string(low) +
                                     " to " + std::to_string(high));
  };
  within("context", static_cast<double>(recipe.context), 2, 4096);
  within("batch", static_cast<double>(recipe.batch), 1, 4096);
  within("epochs", recipe.epochs, 1, 1000);
  within("rate", recipe.rate, 1e-9, 10);
  within("weight decay", recipe.weight_decay, 0, 1);
}

LanguageTrained train_language(LanguageModel& model, const std::vector<std::int32_t>& tokens,
                               const LanguageRecipe& recipe, const LanguageControl& control, const Compute& compute) {
  check_language_recipe(recipe);
  if (recipe.context > model.config().context) {
    throw Error(Code::parameter, "rows of " + std::to_string(recipe.context) + " tokens, and the model takes " +
                                     std::to_string(model.config().context));
  }
  for (torch::Tensor& parameter : model.parameters()) parameter.set_requires_grad(true);
  model.train();
  LanguageTrained trained = Run(model, tokens, recipe, control, compute).finish();
  model.eval();
  return trained;
}

Bytes language_weights(const LanguageModel& model) {
  TensorMap tensors;
  const std::string prefix(find_language_family(model.config().family).prefix);
  for (const auto& item : model.named_parameters())
    tensors[(item.key().starts_with("lm_head") ? "" : prefix) + item.key()] = item.value().detach();
  return write_safetensors(tensors, {{"format", "pt"}});
}

}  // namespace wardmark
