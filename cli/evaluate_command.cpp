#include <CLI/CLI.hpp>

#include "cli/command.h"
#include "cli/stop_signal.h"
#include "cli/study_run.h"
#include "evaluate/breaker.h"
#include "models/network.h"

namespace wardmark {
namespace {

std::string state_folder(const EvaluateArgs& args) {
  if (!args.state.empty()) return args.state;
  std::string base = args.train;
  while (base.size() > 1 && base.back() == '/') base.pop_back();
  return base + ".evaluate";
}

ExitStatus evaluate(const EvaluateArgs& args, Console& console) {
  const StopSignal stop;
  Study study = open_study(args, console);
  const Compute compute = start_compute(args.training);
  if (args.meter) {
    report_meter(study, compute, console);
    return ExitStatus::ok;
  }
  StudyState state(state_folder(args));
  state.open(study.identity, args.resume, args.overwrite);
  StudyOutcome outcome;
  outcome.compute = compute.text();
  const bool whole = run_study(args, study, state, compute, console, stop.requested(), outcome);
  console.end_progress();
  if (!whole) {
    console.say("stopped early after " + counted(state.done().size(), "run") +
                "; the same command with --resume continues");
    return ExitStatus::stopped;
  }
  report_study(args, study, outcome, console);
  return ExitStatus::ok;
}

}  // namespace

void declare_evaluate(CLI::App& app, Action& action) {
  auto args = std::make_shared<EvaluateArgs>();
  constexpr auto data = "Data";
  app.add_option("--train", args->train, "the protected data set")->required()->type_name("OUT")->group(data);
  app.add_option("--test", args->test, "clean pictures to test on; the test arrays of an .npz")
      ->required()
      ->type_name("TEST")
      ->group(data);
  app.add_option("--clean", args->clean, "the originals: gives the baseline, mixtures and breakers that know pairs")
      ->type_name("IN")
      ->group(data);
  app.add_option("--validation", args->validation,
                 "clean pictures on which epochs are chosen (default: the val arrays, else a fifth of the test set)")
      ->type_name("DATA")
      ->group(data);
  app.add_option("--items", args->items, "train on this many items, drawn by class (default: all)")
      ->type_name("N")
      ->group(data);
  add_released_options(app, args->released, "--train, which then gives names and classes of its items");
  constexpr auto what = "Study";
  std::string names;
  for (const NetworkInfo& network : networks()) names += (names.empty() ? "" : ", ") + std::string(network.name);
  app.add_option("--arch", args->networks, "networks, a list of: " + names)
      ->type_name("LIST")
      ->capture_default_str()
      ->group(what);
  app.add_option("--width", args->width, "multiplies the channels of every layer")->capture_default_str()->group(what);
  app.add_option("--epochs", args->epochs, "passes over the data, in each run")
      ->check(CLI::Range(1, 10000))
      ->capture_default_str()
      ->group(what);
  app.add_option("--repeats", args->repeats, "runs of each kind, with other seeds")
      ->check(CLI::Range(1, 100))
      ->capture_default_str()
      ->group(what);
  std::string breaker_names;
  for (const BreakerInfo& row : breakers()) {
    breaker_names += ", " + std::string(row.name) + (row.unit.empty() ? "" : "[:N]");
  }
  app.add_option("--breakers", args->breakers, "counter-measures, a list of: none, quick, full" + breaker_names)
      ->type_name("LIST")
      ->capture_default_str()
      ->group(what);
  app.add_option("--share", args->shares, "mixtures with originals: percent protected, e.g. 20,50,80")
      ->type_name("LIST")
      ->group(what);
  app.add_flag("--clean-breakers", args->clean_breakers, "every breaker on the originals too")->group(what);
  app.add_flag("--probe", args->probe,
               "features learned without labels too: a linear probe on them and the nearest neighbours")
      ->group(what);
  app.add_flag("--meter", args->meter, "no training: a kernel on fixed features, in seconds")->group(what);
  app.add_option("--target-labels", args->target_labels,
                 "CSV 'class,label': the labels of somebody who tells other things apart; classes may share one")
      ->type_name("FILE")
      ->group(what);
  constexpr auto run = "Run";
  app.add_option("--budget", args->budget_minutes, "minutes to fit into; 0: no limit")
      ->check(CLI::NonNegativeNumber)
      ->type_name("MINUTES")
      ->capture_default_str()
      ->group(run);
  app.add_option("--state", args->state, "folder for what is done so far (default: OUT.evaluate)")
      ->type_name("DIR")
      ->group(run);
  auto* resume = app.add_flag("--resume", args->resume, "continue an earlier run of the same command")->group(run);
  app.add_flag("--overwrite", args->overwrite, "start anew over an earlier state")->excludes(resume)->group(run);
  app.add_option("--save-models", args->save_models, "keep every trained network there, as safetensors and JSON")
      ->type_name("DIR")
      ->group(run);
  app.add_option("--report", args->report, "write the report as one HTML page")->type_name("FILE")->group(run);
  add_training_options(app, args->training);
  action = [args](Console& console) { return evaluate(*args, console); };
}

}  // namespace wardmark
