#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>

#include "cli/command.h"
#include "cli/dry_run.h"
#include "cli/extension.h"
#include "cli/fitting.h"
#include "cli/ledger.h"
#include "cli/platform_report.h"
#include "cli/protect_job.h"
#include "cli/protect_report.h"
#include "cli/scratch_folder.h"
#include "cli/stop_signal.h"
#include "perturb/data_salience.h"
#include "perturb/fit.h"
#include "perturb/platform_step.h"

namespace wardmark {
namespace {

/// Creates the record's folder; an earlier record is kept under another name when its release is overwritten.
void prepare_record(const ProtectArgs& args, ProtectJob& job, const OwnerKey& key, Console& console) {
  if (job.extension) {
    publish_batch(job, key);
    return;
  }
  if (args.overwrite && job.record->exists()) {
    console.say("the old record is kept as " + job.record->set_aside().string() +
                "; verify release will name files of the old release that the new one does not replace");
  }
  job.record->create();
  if (job.shard.whole()) job.record->remove_unfinished();
  if (!job.resume) job.record->write_plan(job.plan_text);
}

/// `--accept`: codes of refusals, by name.
std::vector<Code> accepted_codes(const std::string& text) {
  std::vector<Code> codes;
  for (const std::string& word : split_list(text)) {
    const CodeInfo* code = find_code(word);
    if (code == nullptr || code->kind != Kind::item) {
      throw Error(Code::usage, "--accept: '" + printable(word) + "' is no code of a refused item",
                  "docs/refusals.md lists them");
    }
    codes.push_back(code->code);
  }
  return codes;
}

ExitStatus status_of(const ProtectOutcome& outcome, const ProtectJob& job, const std::vector<Code>& accepted) {
  if (outcome.interrupted) return ExitStatus::stopped;
  std::uint64_t faults = outcome.refused;
  for (const Code code : accepted) {
    const auto at = outcome.codes.find(code);
    if (at != outcome.codes.end()) faults -= at->second;
  }
  const bool changed = job.extension && !job.extension->changed.empty() &&
                       std::ranges::find(accepted, Code::plan_changed) == accepted.end();
  return faults > 0 || changed ? ExitStatus::partial : ExitStatus::ok;
}

/// What of the input is not done by an extension, and why.
void say_passed_over(const Extension& extension, Console& console) {
  if (extension.held > 0) console.say(counted(extension.held, "item") + " of the input: in the release already");
  if (extension.withdrawn > 0)
    console.say(counted(extension.withdrawn, "item") + " of the input: withdrawn from the release, left out");
  for (const std::string& id : extension.changed) {
    console.refused(id, Error(Code::plan_changed, id + ": another file has this name in the release",
                              "give it another name: a released file is never replaced"));
  }
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

/// OUT of OUT.wardmark; empty where the record has another name.
std::string released_beside(const std::string& record) {
  std::filesystem::path path = std::filesystem::path(record).lexically_normal();
  if (!path.has_filename()) path = path.parent_path();
  const std::string text = path.string();
  constexpr std::string_view kEnd = ".wardmark";
  return text.ends_with(kEnd) ? text.substr(0, text.size() - kEnd.size()) : std::string();
}

ExitStatus protect_all(const ProtectArgs& args, Console& console) {
  if (args.release.private_paths) console.hide_paths();
  const StopSignal stop;
  if (!args.survives.empty()) parse_platform_steps(args.survives);  // before any work
  const std::vector<Code> accepted = accepted_codes(args.accept);
  if (args.output.empty() && !args.dry_run) throw Error(Code::usage, "no output was named", "add -o OUT");
  const OwnerKey key = load_key(args.key, console);
  auto ledger = args.dry_run ? std::nullopt : Ledger::of(args.key, key, console);
  const auto start = std::chrono::steady_clock::now();
  ProtectJob job = (args.extend.empty() ? settle : settle_extension)(args, key, console, stop.requested());
  job.settled_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  if (!job.plan) return ExitStatus::stopped;
  const Plan& plan = *job.plan;
  if (job.extension) {
    say_passed_over(*job.extension, console);
    if (plan.items.empty()) {
      report_nothing_new(args, job, console);
      return status_of({}, job, accepted);
    }
  }
  const NameKeys names(key.name_key(plan.release_name));
  const ReleaseKeys keys(names.name_key, plan.id);
  job.input.options.uid_key = keys.uids;
  const DatasetOptions trial_options = [&] {
    DatasetOptions options = job.input.options;
    options.resume = true;  // a trial writer may look at an output that exists; it writes nothing
    return options;
  }();
  // A dry run writes a tree of its own, which goes with it; others are not begun.
  std::optional<ScratchFolder> scratch;
  if (args.dry_run && plan.format == "folder") scratch.emplace(std::filesystem::temp_directory_path());
  const std::string target = scratch               ? (scratch->path() / "dry-run").string()
                             : args.output.empty() ? "wardmark-dry-run"
                                                   : args.output;
  if (needs_fit(*job.method, plan.parameters) && !job.extension) check_fit(job);
  if (!args.dry_run) {
    if (job.resume) ledger.reset();  // it stands there already
    const bool named = !args.release.release.empty() && !args.overwrite && !job.extension;
    if (ledger) ledger->check(plan, job.extension ? 1 : 0, named, console);
    prepare_record(args, job, key, console);
    if (ledger) ledger->add(plan, job.header.batch, console);
  }
  if (looks_first(*job.method, plan.parameters)) {
    std::shared_ptr<const FitState> fitted = args.dry_run && !job.extension ? nullptr : recorded_fit(*job.record, keys);
    if (fitted == nullptr && job.extension) {
      throw Error(Code::record_format, job.record->path().string() + ": the fit of the release is missing",
                  "restore fit.sealed from a copy");
    }
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
                       stop.requested(),
                       job.taken};
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
  return status_of(outcome, job, accepted);
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
  app.add_option("--extend", args->extend,
                 "add the items of IN that are new to the release of this record, under its draw, method and fit")
      ->type_name("OUT.wardmark")
      ->group(group);
  app.add_option("--accept", args->accept,
                 "codes of refusals that do not change the exit status, by commas: IMAGE-PALETTE,IMAGE-SIZE")
      ->type_name("CODES")
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
    if (!args->extend.empty() && args->output.empty()) args->output = released_beside(args->extend);
    return protect_all(*args, console);
  };
}

}  // namespace wardmark
