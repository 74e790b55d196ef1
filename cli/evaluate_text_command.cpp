#include <CLI/CLI.hpp>

#include "cli/command.h"
#include "cli/stop_signal.h"
#include "cli/text_study.h"

namespace wardmark {
namespace {

std::string state_of(const EvaluateTextArgs& args) {
  if (!args.state.empty()) return args.state;
  std::string base = args.corpus;
  while (base.size() > 1 && base.back() == '/') base.pop_back();
  return base + ".evaluate";
}

ExitStatus evaluate_text(const EvaluateTextArgs& args, Console& console) {
  const StopSignal stop;
  const TextStudy study = open_text_study(args, console);
  const Compute compute = start_compute(args.language.compute);
  StudyFolder folder(state_of(args));
  folder.open(study.identity, args.resume, args.overwrite, arm_files(folder.path()));
  const std::vector<TextArm> arms = run_text_study(args, study, folder, compute, stop.requested(), console);
  if (arms.size() < study.arms.size()) {
    console.say("stopped early after " + counted(arms.size(), "model") + "; the same command with --resume continues");
    return ExitStatus::stopped;
  }
  std::vector<TextVerdict> verdicts;
  for (const TextArm& arm : arms)
    verdicts.push_back(arm_verdict(study, asked_of(study, args, arm.documents, console), arm));
  const auto told = console.style().json ? text_study_json : text_study_text;
  console.result(told(args, study, arms, verdicts, compute.text()));
  return ExitStatus::ok;
}

}  // namespace

void declare_evaluate_text(CLI::App& app, Action& action) {
  auto args = std::make_shared<EvaluateTextArgs>();
  constexpr auto data = "Data";
  app.add_option("--corpus", args->corpus, "the marked texts, as `mark` wrote them")
      ->required()
      ->type_name("OUT")
      ->group(data);
  app.add_option("--record", args->record, "their record (default: OUT.wardmark)")->type_name("DIR")->group(data);
  add_key_options(app, args->key);
  app.add_option("--clean", args->clean,
                 "what the twin is trained on: the texts before marking (default: the marked ones without their "
                 "sentences)")
      ->type_name("CORPUS")
      ->group(data);
  app.add_option("--field", args->field, "of JSON lines and tables in --clean: the field of the text")
      ->type_name("NAME")
      ->group(data);
  app.add_option("--repetitions", args->repetitions,
                 "documents that each sentence is left in, a list: a model each (default: a quarter, half and all)")
      ->check(CLI::Range(1, 1000000))
      ->delimiter(',')
      ->type_name("LIST")
      ->group(data);
  add_language_options(app, args->language);
  add_text_test_options(app, args->test);
  app.add_option("--state", args->state, "folder of the study (default: OUT.evaluate)")->type_name("DIR");
  app.add_flag("--keep-models", args->keep_models, "leave the trained models in it");
  auto* resume = app.add_flag("--resume", args->resume, "continue an earlier run of the same command");
  app.add_flag("--overwrite", args->overwrite, "remove an earlier study")->excludes(resume);
  app.footer(
      "Trains a model for each number of documents and a twin that reads no sentence, and asks them what `verify text` "
      "asks: how often must a sentence stand in the corpus? The models are suspects of no claim, and no test is "
      "spent.");
  action = [args](Console& console) { return evaluate_text(*args, console); };
}

}  // namespace wardmark
