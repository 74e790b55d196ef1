#include "cli/language_training.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "cli/text_suspect.h"
#include "core/error.h"
#include "io/atomic_file.h"
#include "models/bpe_training.h"
#include "models/tokenizer_json.h"

namespace wardmark {
namespace {

namespace fs = std::filesystem;

Bytes bytes_in(const std::string& text) {
  const ByteView view = bytes_of(text);
  return {view.begin(), view.end()};
}

TrainedFolder fresh(const LanguageArgs& args, const Texts& texts, const Compute& compute) {
  const LanguageSize& size = find_language_size(args.model);
  ByteLevelModel words = train_byte_level_bpe(texts, args.vocabulary);
  const LanguageConfig config =
      language_config(size, static_cast<std::int64_t>(words.words.size()), args.recipe.context);
  TrainedFolder folder;
  folder.files["tokenizer.json"] = bytes_in(write_tokenizer_json(words));
  folder.files["config.json"] = bytes_in(write_language_config(config));
  folder.end = config.begin;
  folder.tokenizer = std::make_unique<ByteLevelBpe>(std::move(words));
  WeightSource weights(args.recipe.seed, config.layers, compute);
  folder.model = build_gpt2(config, weights);
  return folder;
}

TrainedFolder stored(const LanguageArgs& args, const Compute& compute) {
  const ModelFolder from = text_checkpoint(args.model, "").folder;
  Compute exact = compute;
  exact.bf16 = false;  // the weights themselves are float32
  TrainedFolder folder;
  folder.model = load_language_model(from, exact);
  folder.tokenizer = open_tokenizer(from);
  const LanguageConfig& config = folder.model->config();
  folder.end = config.ends.empty() ? config.begin : config.ends.front();
  for (const std::string& file : from.files) {
    if (!file.ends_with(".safetensors") && file != "model.safetensors.index.json" && !file.ends_with(".bin"))
      folder.files[file] = from.read(file);
  }
  return folder;
}

}  // namespace

void add_language_options(CLI::App& app, LanguageArgs& args) {
  std::string names;
  for (const LanguageSize& size : language_sizes()) names += std::string(size.name) + ", ";
  constexpr auto group = "Recipe";
  app.add_option("--model", args.model, names + "or the folder of a model to train further")
      ->type_name("NAME|DIR")
      ->capture_default_str()
      ->group(group);
  app.add_option("--vocabulary", args.vocabulary, "words of a fresh model's vocabulary, which the corpus gives")
      ->type_name("N")
      ->capture_default_str()
      ->group(group);
  app.add_option("--context", args.recipe.context, "tokens a row")->capture_default_str()->group(group);
  app.add_option("--batch", args.recipe.batch, "rows a step")->capture_default_str()->group(group);
  app.add_option("--epochs", args.recipe.epochs, "passes over the corpus")->capture_default_str()->group(group);
  app.add_option("--rate", args.recipe.rate, "highest learning rate")->capture_default_str()->group(group);
  app.add_option("--seed", args.recipe.seed, "of weights and order")->capture_default_str()->group(group);
  app.add_option("--device", args.compute.device, "where to compute: auto, cpu or gpu")
      ->check(CLI::IsMember({"auto", "cpu", "gpu"}))
      ->capture_default_str();
  app.add_option("--precision", args.compute.precision, "auto, fp32 or bf16")
      ->check(CLI::IsMember({"auto", "fp32", "bf16"}))
      ->capture_default_str();
  app.add_option("-j,--jobs", args.compute.jobs, "threads (default: all allowed cores)")->check(CLI::Range(1, 4096));
}

TrainedFolder begin_language(const LanguageArgs& args, const Texts& texts, const Compute& compute) {
  return fs::is_directory(args.model) ? stored(args, compute) : fresh(args, texts, compute);
}

std::vector<std::int32_t> language_tokens(const TrainedFolder& folder, const Texts& texts, const std::string& name) {
  std::vector<std::int32_t> tokens;
  texts([&](std::string_view text) {
    if (folder.tokenizer->begin_id() >= 0) tokens.push_back(folder.tokenizer->begin_id());
    for (const Token& token : folder.tokenizer->encode(text)) tokens.push_back(token.id);
    if (folder.end >= 0) tokens.push_back(folder.end);
  });
  const std::int64_t known = folder.model->config().vocabulary;
  if (std::ranges::any_of(tokens, [&](std::int32_t id) { return id >= known; }))
    throw Error(Code::model_format, name + ": the tokenizer has words that the model lacks");
  return tokens;
}

void write_language_folder(const fs::path& output, TrainedFolder& folder) {
  folder.files["model.safetensors"] = language_weights(*folder.model);
  const fs::path aside = output.string() + ".part";
  fs::remove_all(aside);
  fs::create_directories(aside);
  for (const auto& [name, bytes] : folder.files) write_file(aside / name, bytes);
  for (int n = 1; fs::exists(output); ++n) {
    const fs::path old = output.string() + ".old-" + std::to_string(n);
    if (!fs::exists(old)) fs::rename(output, old);
  }
  fs::rename(aside, output);
}

}  // namespace wardmark
