#include <CLI/CLI.hpp>
#include <cmath>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/stop_signal.h"
#include "cli/text_corpus.h"
#include "cli/text_suspect.h"
#include "cli/training_options.h"
#include "core/error.h"
#include "io/atomic_file.h"
#include "io/item_id.h"
#include "models/bpe_training.h"
#include "models/language_trainer.h"
#include "models/tokenizer_json.h"

namespace wardmark {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

struct TrainTextArgs {
  TextCorpusArgs corpus;
  std::string output;
  std::string model = "gpt-mini";
  std::int32_t vocabulary = 4096;
  LanguageRecipe recipe;
  TrainingArgs compute;
  bool resume = false, overwrite = false;
};

/// A model before its training, and what of its folder stays as it is.
struct Beginning {
  std::shared_ptr<LanguageModel> model;
  std::unique_ptr<Tokenizer> tokenizer;
  std::int32_t end = -1;  ///< stands behind each document
  std::map<std::string, Bytes> files;
};

void check_output(const TrainTextArgs& args) {
  if (args.output.empty()) throw Error(Code::usage, "no output was named", "add -o DIR");
  if (fs::exists(args.output) && !args.overwrite)
    throw Error(Code::output_exists, shown(args.output) + ": exists", "give --overwrite to put it aside");
}

Bytes bytes_in(const std::string& text) {
  const ByteView view = bytes_of(text);
  return {view.begin(), view.end()};
}

/// A fresh model with a vocabulary of its corpus.
Beginning fresh(const TrainTextArgs& args, const Compute& compute, Console& console) {
  const LanguageSize& size = find_language_size(args.model);
  const auto each = [&](const std::function<void(std::string_view)>& sink) {
    each_document_of(args.corpus, sink, console);
  };
  ByteLevelModel words = train_byte_level_bpe(each, args.vocabulary);
  const LanguageConfig config =
      language_config(size, static_cast<std::int64_t>(words.words.size()), args.recipe.context);
  Beginning beginning;
  beginning.files["tokenizer.json"] = bytes_in(write_tokenizer_json(words));
  beginning.files["config.json"] = bytes_in(write_language_config(config));
  beginning.end = config.begin;
  beginning.tokenizer = std::make_unique<ByteLevelBpe>(std::move(words));
  WeightSource weights(args.recipe.seed, config.layers, compute);
  beginning.model = build_gpt2(config, weights);
  return beginning;
}

/// The model of a folder, which is trained on.
Beginning continued(const TrainTextArgs& args, const Compute& compute) {
  const ModelFolder folder = text_checkpoint(args.model, "").folder;
  Compute exact = compute;
  exact.bf16 = false;  // the weights themselves are float32
  Beginning beginning;
  beginning.model = load_language_model(folder, exact);
  beginning.tokenizer = open_tokenizer(folder);
  const LanguageConfig& config = beginning.model->config();
  beginning.end = config.ends.empty() ? config.begin : config.ends.front();
  for (const std::string& file : folder.files) {
    if (!file.ends_with(".safetensors") && file != "model.safetensors.index.json" && !file.ends_with(".bin"))
      beginning.files[file] = folder.read(file);
  }
  return beginning;
}

std::vector<std::int32_t> tokens_of(const TrainTextArgs& args, const Beginning& beginning, Console& console) {
  std::vector<std::int32_t> tokens;
  each_document_of(
      args.corpus,
      [&](std::string_view text) {
        if (beginning.tokenizer->begin_id() >= 0) tokens.push_back(beginning.tokenizer->begin_id());
        for (const Token& token : beginning.tokenizer->encode(text)) tokens.push_back(token.id);
        if (beginning.end >= 0) tokens.push_back(beginning.end);
      },
      console);
  const std::int64_t known = beginning.model->config().vocabulary;
  if (std::ranges::any_of(tokens, [&](std::int32_t id) { return id >= known; }))
    throw Error(Code::model_format, args.model + ": the tokenizer has words that the model lacks");
  return tokens;
}

/// Complete, or not there: written aside and renamed. A folder of that name is put aside, never deleted.
void write_folder(const TrainTextArgs& args, const std::map<std::string, Bytes>& files) {
  const fs::path aside = args.output + ".part";
  fs::remove_all(aside);
  fs::create_directories(aside);
  for (const auto& [name, bytes] : files) write_file(aside / name, bytes);
  for (int n = 1; fs::exists(args.output); ++n) {
    const fs::path old = args.output + ".old-" + std::to_string(n);
    if (!fs::exists(old)) fs::rename(args.output, old);
  }
  fs::rename(aside, args.output);
}

void report(const TrainTextArgs& args, const Beginning& beginning, const LanguageTrained& trained, std::size_t tokens,
            const Compute& compute, Console& console) {
  std::int64_t parameters = 0;
  for (const torch::Tensor& parameter : beginning.model->parameters()) parameters += parameter.numel();
  const LanguageEpoch& last = trained.epochs.back();
  const double rate = static_cast<double>(last.tokens) / std::max(last.seconds, 1e-9);
  if (!console.style().json) {
    char text[256];
    std::snprintf(
        text, sizeof text,
        "%s: %.1f M parameters, %zu words, on %zu tokens, %zu epochs, %s; loss %.3f nats a token, %.0f tokens/s\n",
        args.output.c_str(), static_cast<double>(parameters) / 1e6,
        static_cast<std::size_t>(beginning.tokenizer->size()), tokens, trained.epochs.size(), compute.text().c_str(),
        last.loss, rate);
    console.result(text);
    return;
  }
  json epochs = json::array();
  for (const LanguageEpoch& epoch : trained.epochs)
    epochs.push_back(
        {{"loss", std::round(epoch.loss * 1e6) / 1e6}, {"seconds", epoch.seconds}, {"tokens", epoch.tokens}});
  console.result(json{{"schema", "wardmark.train-text/1"},
                      {"model", printable(args.output)},
                      {"parameters", parameters},
                      {"vocabulary", beginning.tokenizer->size()},
                      {"tokens", tokens},
                      {"compute", compute.text()},
                      {"epochs", epochs}}
                     .dump(-1, ' ', false, json::error_handler_t::replace) +
                 "\n");
}

ExitStatus train_text(const TrainTextArgs& args, Console& console) {
  const StopSignal stop;
  check_output(args);
  check_language_recipe(args.recipe);
  const Compute compute = start_compute(args.compute);
  Beginning beginning = fs::is_directory(args.model) ? continued(args, compute) : fresh(args, compute, console);
  const std::vector<std::int32_t> tokens = tokens_of(args, beginning, console);
  const fs::path checkpoint = args.output + ".checkpoint";
  Bytes earlier;
  if (args.resume && fs::exists(checkpoint)) earlier = read_file(checkpoint);
  LanguageControl control;
  control.resume = earlier;
  control.checkpoint = [&](const Bytes& bytes) { write_file(checkpoint, bytes); };
  control.stop = [&] { return stop.requested().load(); };
  control.report = &console;
  const LanguageTrained trained = train_language(*beginning.model, tokens, args.recipe, control, compute);
  console.end_progress();
  if (trained.stopped) {
    console.say("stopped early; the same command with --resume continues");
    return ExitStatus::stopped;
  }
  beginning.files["model.safetensors"] = language_weights(*beginning.model);
  write_folder(args, beginning.files);
  std::error_code ignored;
  fs::remove(checkpoint, ignored);
  report(args, beginning, trained, tokens.size(), compute, console);
  return ExitStatus::ok;
}

}  // namespace

void declare_train_text(CLI::App& app, Action& action) {
  auto args = std::make_shared<TrainTextArgs>();
  app.add_option("corpus", args->corpus.path, "texts: a file or a folder, in the formats of `mark`")
      ->required()
      ->type_name("CORPUS");
  app.add_option("-o,--output", args->output, "folder to write, as Hugging Face's transformers read it")
      ->type_name("DIR");
  app.add_option("--field", args->corpus.field, "of JSON lines and tables: the field of the text")->type_name("NAME");
  std::string names;
  for (const LanguageSize& size : language_sizes()) names += std::string(size.name) + ", ";
  constexpr auto group = "Recipe";
  app.add_option("--model", args->model, names + "or the folder of a model to train further")
      ->type_name("NAME|DIR")
      ->capture_default_str()
      ->group(group);
  app.add_option("--vocabulary", args->vocabulary, "words of a fresh model's vocabulary, which the corpus gives")
      ->type_name("N")
      ->capture_default_str()
      ->group(group);
  app.add_option("--context", args->recipe.context, "tokens a row")->capture_default_str()->group(group);
  app.add_option("--batch", args->recipe.batch, "rows a step")->capture_default_str()->group(group);
  app.add_option("--epochs", args->recipe.epochs, "passes over the corpus")->capture_default_str()->group(group);
  app.add_option("--rate", args->recipe.rate, "highest learning rate")->capture_default_str()->group(group);
  app.add_option("--seed", args->recipe.seed, "of weights and order")->capture_default_str()->group(group);
  app.add_option("--device", args->compute.device, "where to compute: auto, cpu or gpu")
      ->check(CLI::IsMember({"auto", "cpu", "gpu"}))
      ->capture_default_str();
  app.add_option("--precision", args->compute.precision, "auto, fp32 or bf16")
      ->check(CLI::IsMember({"auto", "fp32", "bf16"}))
      ->capture_default_str();
  app.add_option("-j,--jobs", args->compute.jobs, "threads (default: all allowed cores)")->check(CLI::Range(1, 4096));
  auto* resume = app.add_flag("--resume", args->resume, "continue an earlier run of the same command");
  app.add_flag("--overwrite", args->overwrite, "put an existing folder aside as DIR.old-N")->excludes(resume);
  action = [args](Console& console) { return train_text(*args, console); };
}

}  // namespace wardmark
