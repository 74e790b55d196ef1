#include <CLI/CLI.hpp>

#include "cli/command.h"
#include "cli/dry_run.h"
#include "cli/fitting.h"
#include "cli/platform_report.h"
#include "cli/protect_job.h"
#include "cli/protect_report.h"
#include "cli/stop_signal.h"
#include "perturb/data_salience.h"
#include "perturb/fit.h"
#include "perturb/platform_step.h"

namespace wardmark {
namespace {

/// Creates the record's folder; an earlier record is kept under another name when its release is overwritten.
void prepare_record(const ProtectArgs& args, const ProtectJob& job, Console& console) {
  if (args.overwrite && job.record->exists()) {
    console.say("the old record is kept as " + job.record->set_aside().string() +
                "; verify release will name files of the old release that the new one does not replace");
  }
  job.record->create();
  if (job.shard.whole()) job.record->remove_unfinished();
  if (!job.resume) job.record->write_plan(job.plan_text);
}

ExitStatus status_of(const ProtectOutcome& outcome) {
  if (outcome.interrupted) return ExitStatus::stopped;
  return outcome.refused > 0 ? ExitStatus::partial : ExitStatus::ok;
}

/// What the data set is looked at for before the first item is changed: noise, the place of a mask, or both. Null when
/// stopped.
std::shared_ptr<const FitState> look(const ProtectArgs& args, const ProtectJob& job, const ReleaseKeys& keys,
                                     Console& console, const std::atomic<bool>& stop) {
  SalienceMap salience;
  if (needs_salience(*job.method, job.plan->parameters)) {
    auto measured = data_salience({*job.input.reader, *job.plan, keys, *job.protector, args.jobs, console, stop});
    console.end_progress();
    if (!measured) return nullptr;
    salience = std::move(*measured);
  }
  if (needs_fit(*job.method, job.plan->parameters)) return new_fit(args, job, keys, std::move(salience), console, stop);
  return std::make_shared<const FitState>(
      FitState{std::string(job.method->name), 1, 1, 1, {}, false, {}, std::move(salience)});
}

std::string fitted_to(const FitState& fit) {
  if (fit.ids.empty()) return "the place of the mask is in the record";
  return "fitted to " + std::to_string(fit.ids.size()) + (fit.by_class ? " classes" : " items");
}

ExitStatus protect_all(const ProtectArgs& args, Console& console) {
  if (args.release.private_paths) console.hide_paths();
  const StopSignal stop;
  if (!args.survives.empty()) parse_platform_steps(args.survives);  // before any work
  if (args.output.empty() && !args.dry_run) throw Error(Code::usage, "no output was named", "add -o OUT");
  const OwnerKey key = load_key(args.key, console);
  ProtectJob job = settle(args, key, console, stop.requested());
  if (!job.plan) return ExitStatus::stopped;
  const Plan& plan = *job.plan;
  const NameKeys names(key.name_key(plan.release_name));
  const ReleaseKeys keys(names.name_key, plan.id);
  job.input.options.uid_key = keys.uids;
  const DatasetOptions trial_options = [&] {
    DatasetOptions options = job.input.options;
    options.resume = true;  // a trial writer may look at an output that exists; it writes nothing
    return options;
  }();
  const std::string target = args.output.empty() ? "wardmark-dry-run" : args.output;
  if (needs_fit(*job.method, plan.parameters)) check_fit(job);
  if (!args.dry_run) prepare_record(args, job, console);
  if (looks_first(*job.method, plan.parameters)) {
    std::shared_ptr<const FitState> fitted = args.dry_run ? nullptr : recorded_fit(*job.record, keys);
    if (fitted == nullptr) {
      fitted = look(args, job, keys, console, stop.requested());
      if (fitted == nullptr) {
        console.say("stopped early, before the first item was changed; the same command with --resume continues");
        return ExitStatus::stopped;
      }
      if (!args.dry_run) record_fit(*job.record, keys, *fitted);
    }
    if (args.fit_only) {
      console.say(fitted_to(*fitted) + "; the same command without --fit-only, with --resume or --shard i/N, protects");
      return ExitStatus::ok;
    }
    job.protector = prepare_method(plan, *job.method, job.draw.pool_key, job.draw.slots, fitted);
  }
  job.plan_text = std::string();  // written: a long plan need not stay in memory
  const auto writer =
      job.input.format->create(*job.input.reader, target, args.dry_run ? trial_options : job.input.options);
  const bool many_in_one = job.input.format->single_output && !writer->resumes();
  const ProtectRun run{*job.input.reader,
                       *writer,
                       plan,
                       names,
                       keys,
                       job.draw,
                       job.header,
                       *job.record,
                       *job.method,
                       *job.protector,
                       job.budget,
                       many_in_one ? target : std::string(),
                       job.shard,
                       args.jobs,
                       job.resume,
                       console,
                       stop.requested()};
  if (args.dry_run) {
    const ExitStatus status = dry_run(args, job, run, console);
    if (!args.survives.empty() && !run.stop) report_survival(args.survives, run, console);
    return status;
  }
  const ProtectOutcome outcome = protect(run);
  console.end_progress();
  if (!args.preview.empty() && !outcome.interrupted) write_preview(args.preview, job, run, console);
  if (console.style().json_lines) report_items(job, keys, console);
  report_run(args, job, outcome, console);
  if (!args.survives.empty() && !outcome.interrupted) report_survival(args.survives, run, console);
  return status_of(outcome);
}

}  // namespace

void declare_protect(CLI::App& app, Action& action) {
  auto args = std::make_shared<ProtectArgs>();
  add_release_options(app, args->release);
  add_key_options(app, args->key);
  constexpr auto group = "Run";
  app.add_option("-o,--output", args->output, "where the protected copy goes, of the input's kind")
      ->type_name("OUT")
      ->group(group);
  app.add_option("--plan", args->plan, "follow this plan")->type_name("FILE")->group(group);
  app.add_option("--beacon", args->beacon, "JSON of the beacon round the plan names")->type_name("FILE")->group(group);
  app.add_option("--record", args->record, "the private record's folder (default: OUT.wardmark)")
      ->type_name("DIR")
      ->group(group);
  app.add_option("--shard", args->shard, "do part i of N, or auto/N from the batch engine's array variable")
      ->type_name("i/N")
      ->group(group);
  app.add_option("--shard-base", args->shard_base, "first index of the array of --shard auto/N")
      ->check(CLI::Range(0, 1))
      ->group(group);
  app.add_option("--preview", args->preview,
                 "write a contact sheet of up to 12 items (it shows originals: keep it private)")
      ->type_name("PNG")
      ->group(group);
  app.add_option("--survives", args->survives,
                 "say what platforms leave of the change of up to 12 items: jpeg:QUALITY, webp:QUALITY, resize:FACTOR")
      ->type_name("STEPS")
      ->group(group);
  app.add_flag("--fit-only", args->fit_only,
               "fitted methods: fit, keep it in the record, and stop before items are changed")
      ->group(group);
  app.add_option("--device", args->device, "where fitted methods compute: auto, cpu or gpu")
      ->check(CLI::IsMember({"auto", "cpu", "gpu"}))
      ->capture_default_str()
      ->group(group);
  app.add_option("--precision", args->precision, "of fitting: auto (bf16 where the processor has it), fp32 or bf16")
      ->check(CLI::IsMember({"auto", "fp32", "bf16"}))
      ->capture_default_str()
      ->group(group);
  app.add_flag("-n,--dry-run", args->dry_run, "try up to 24 items, write nothing")->group(group);
  auto* resume = app.add_flag("--resume", args->resume, "continue an earlier run of the same command")->group(group);
  app.add_flag("--overwrite", args->overwrite, "start anew over an existing output; its old record is kept")
      ->excludes(resume)
      ->group(group);
  app.add_option("-j,--jobs", args->jobs, "threads; the result does not depend on them")
      ->check(CLI::Range(1, 4096))
      ->capture_default_str()
      ->group(group);
  action = [args](Console& console) {
    resolve_preset(args->release.method);
    return protect_all(*args, console);
  };
}

}  // namespace wardmark
