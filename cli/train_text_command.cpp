#include <CLI/CLI.hpp>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/language_training.h"
#include "cli/stop_signal.h"
#include "cli/text_corpus.h"
#include "core/error.h"
#include "io/atomic_file.h"
#include "io/item_id.h"

namespace wardmark {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

struct TrainTextArgs {
  TextCorpusArgs corpus;
  std::string output;
  LanguageArgs language;
  bool resume = false, overwrite = false;
};

void check_output(const TrainTextArgs& args) {
  if (args.output.empty()) throw Error(Code::usage, "no output was named", "add -o DIR");
  if (fs::exists(args.output) && !args.overwrite)
    throw Error(Code::output_exists, shown(args.output) + ": exists", "give --overwrite to put it aside");
}

void report(const TrainTextArgs& args, const TrainedFolder& folder, const LanguageTrained& trained, std::size_t tokens,
            const Compute& compute, Console& console) {
  std::int64_t parameters = 0;
  for (const torch::Tensor& parameter : folder.model->parameters()) parameters += parameter.numel();
  const LanguageEpoch& last = trained.epochs.back();
  const double rate = static_cast<double>(last.tokens) / std::max(last.seconds, 1e-9);
  if (!console.style().json) {
    char text[256];
    std::snprintf(
        text, sizeof text,
        "%s: %.1f M parameters, %zu words, on %zu tokens, %zu epochs, %s; loss %.3f nats a token, %.0f tokens/s\n",
        args.output.c_str(), static_cast<double>(parameters) / 1e6, static_cast<std::size_t>(folder.tokenizer->size()),
        tokens, trained.epochs.size(), compute.text().c_str(), last.loss, rate);
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
                      {"vocabulary", folder.tokenizer->size()},
                      {"tokens", tokens},
                      {"compute", compute.text()},
                      {"epochs", epochs}}
                     .dump(-1, ' ', false, json::error_handler_t::replace) +
                 "\n");
}

ExitStatus train_text(const TrainTextArgs& args, Console& console) {
  const StopSignal stop;
  check_output(args);
  check_language_recipe(args.language.recipe);
  const Compute compute = start_compute(args.language.compute);
  const Texts texts = [&](const std::function<void(std::string_view)>& sink) {
    each_document_of(args.corpus, sink, console);
  };
  TrainedFolder folder = begin_language(args.language, texts, compute);
  const std::vector<std::int32_t> tokens = language_tokens(folder, texts, args.language.model);
  const fs::path checkpoint = args.output + ".checkpoint";
  Bytes earlier;
  if (args.resume && fs::exists(checkpoint)) earlier = read_file(checkpoint);
  LanguageControl control;
  control.resume = earlier;
  control.checkpoint = [&](const Bytes& bytes) { write_file(checkpoint, bytes); };
  control.stop = [&] { return stop.requested().load(); };
  control.report = &console;
  const LanguageTrained trained = train_language(*folder.model, tokens, args.language.recipe, control, compute);
  console.end_progress();
  if (trained.stopped) {
    console.say("stopped early; the same command with --resume continues");
    return ExitStatus::stopped;
  }
  write_language_folder(args.output, folder);
  std::error_code ignored;
  fs::remove(checkpoint, ignored);
  report(args, folder, trained, tokens.size(), compute, console);
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
  add_language_options(app, args->language);
  auto* resume = app.add_flag("--resume", args->resume, "continue an earlier run of the same command");
  app.add_flag("--overwrite", args->overwrite, "put an existing folder aside as DIR.old-N")->excludes(resume);
  action = [args](Console& console) { return train_text(*args, console); };
}

}  // namespace wardmark
