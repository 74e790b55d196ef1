#include <CLI/CLI.hpp>
#include <map>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/ledger.h"
#include "cli/mark_args.h"
#include "cli/mark_report.h"
#include "cli/open_record.h"
#include "cli/protect_job.h"
#include "cli/protect_report.h"
#include "cli/stop_signal.h"
#include "io/atomic_file.h"
#include "io/dataset_format.h"
#include "io/item_id.h"
#include "text_markers/strip_corpus.h"

namespace wardmark {
namespace {

namespace fs = std::filesystem;

/// What is settled before the first byte is written.
struct MarkJob {
  TextTree tree;
  std::optional<Plan> plan;  ///< empty: stopped while reading
  std::string plan_text;
  Shard shard;
  bool resume = false;
};

std::string output_setting(const Plan& plan, std::string_view name) {
  for (const auto& [key, value] : plan.output) {
    if (key == name) return value;
  }
  return {};
}

/// The plan of the record or of --plan, or none yet. `recorded` says it was the record's.
std::optional<Plan> earlier_plan(const MarkArgs& args, const RecordFolder& record, Shard shard, const OwnerKey& key,
                                 bool& recorded) {
  std::optional<Plan> given;
  if (!args.plan.empty()) given = parse_plan(text_of(read_file(args.plan)), key);
  recorded = !args.dry_run && !args.survival_only && !args.overwrite && fs::exists(record.plan_path());
  if (!recorded) return given;
  if (!args.resume && (shard.whole() || fs::exists(record.manifest_path(shard)))) {
    throw Error(Code::output_exists, record.path().string() + ": a record exists",
                "--resume continues that run, --overwrite starts anew and keeps the old record");
  }
  Plan kept = parse_plan(record.read_plan(), key);
  if (given && given->hash != kept.hash) {
    throw Error(Code::recipe_changed, record.path().string() + ": the record follows another plan",
                "use the plan of the record, or another output");
  }
  if (!given && recipe_settings(ghost_recipe(args.ghost)) != kept.parameters) {
    throw Error(Code::recipe_changed, record.path().string() + ": the record is of another recipe",
                "run the same command as before, or use --overwrite");
  }
  return kept;
}

void check_output(const MarkArgs& args, bool recorded) {
  if (args.dry_run || args.survival_only) return;
  DatasetOptions options;
  options.resume = recorded || !args.shard.empty();
  options.overwrite = args.overwrite;
  check_output_place(args.input, args.output, options);
}

MarkJob settle(const MarkArgs& args, const RecordFolder& record, const OwnerKey& key, Console& console,
               const std::atomic<bool>& stop) {
  MarkJob job;
  job.shard = parse_shard(args.shard, args.shard_base);
  if (!args.shard.empty() && args.plan.empty()) {
    throw Error(Code::shard, "--shard without --plan: every shard must follow one plan",
                "make it once with: wardmark plan CORPUS -m ghost -k KEY -o plan.json");
  }
  job.plan = earlier_plan(args, record, job.shard, key, job.resume);
  check_output(args, job.resume);
  const std::string format = job.plan ? output_setting(*job.plan, "format") : args.release.format;
  job.tree = scan_texts(args.input, forced_format(format));
  if (!job.shard.whole() && fs::is_regular_file(args.input)) {
    throw Error(Code::shard, "--shard with a single file", "leave --shard out");
  }
  if (!job.plan) {
    GhostRelease release = args.release;
    release.name = text_release_name(args.release.name, args.input, key);
    job.plan = make_ghost_plan(job.tree, args.ghost, release, key, console, stop);
  }
  if (job.plan) job.plan_text = format_plan(*job.plan, key);
  return job;
}

/// Says what was found in files that changed since their release, a line each.
void say_found(const FoundSentence& found, Console& console) {
  console.result(printable(found.file) + ": byte " + std::to_string(found.offset) + ": sentence " +
                 std::to_string(found.sentence) + (found.taken_out ? ", taken out\n" : ", in another form, left in\n"));
}

ExitStatus strip(const MarkArgs& args, const OwnerKey& key, Console& console, const std::atomic<bool>& stop) {
  const RecordFolder folder = record_of(args.record, args.input);
  const OpenRecord record = open_record(folder, key);
  if (record.plan.method != "ghost")
    throw Error(Code::usage, folder.path().string() + ": not a record of marked texts");
  const bool stream = record.plan.format == kTextStream;
  if (stream && !args.edited) return mark_stream_command(args, key, console, stop);
  DatasetOptions options;
  options.overwrite = args.overwrite;
  check_output_place(args.input, args.output, options);
  const NameKeys names(key.name_key(record.plan.release_name));
  const ReleaseKeys keys(names.name_key, record.plan.id);
  std::optional<SentenceBook> book;
  if (args.edited) {
    const GhostDecision decision = decide(record.plan, key, recorded_draw(folder, record.plan, keys));
    book.emplace(GhostSentences(decision.recipe, keys.pool_root), decision.released);
  }
  const fs::path release = args.input;
  const fs::path output = args.output;
  const StripRun run{release,
                     record.plan,
                     record.items,
                     names,
                     output,
                     console,
                     stop,
                     book ? &*book : nullptr,
                     [&](const FoundSentence& found) { say_found(found, console); }};
  const StripOutcome outcome = stream ? strip_edited_file(run) : strip_corpus(run);
  console.end_progress();
  std::string text = counted(outcome.restored, "file") + " as before marking";
  if (outcome.edited > 0) text += ", " + std::to_string(outcome.edited) + " that had changed";
  if (outcome.refused > 0) text += ", " + std::to_string(outcome.refused) + " refused";
  console.result(text + "; in " + printable(args.output) + "\n");
  if (outcome.interrupted) return ExitStatus::stopped;
  return outcome.refused > 0 || outcome.left_in > 0 ? ExitStatus::partial : ExitStatus::ok;
}

ExitStatus survival_alone(const MarkRun& run, const SurvivalLimits& limits, Console& console) {
  const auto survival = corpus_survival(run, limits);
  console.end_progress();
  if (!survival) return ExitStatus::stopped;
  report_survival(*survival, run.rules.recipe.words, console);
  return ExitStatus::ok;
}

ExitStatus mark(const MarkArgs& args, Console& console) {
  const StopSignal stop;
  const bool writes = !args.dry_run && !args.survival_only;
  SurvivalLimits limits;
  for (const std::string& typed : args.limits) add_limit(limits, typed);
  if (args.edited && !args.strip) throw Error(Code::usage, "--edited without --strip");
  if (args.output.empty() && writes) throw Error(Code::usage, "no output was named", "add -o OUT");
  const OwnerKey key = load_key(args.key, console);
  if (is_stream(args)) return mark_stream_command(args, key, console, stop.requested());
  if (args.strip) return strip(args, key, console, stop.requested());
  const RecordFolder record = record_of(args.record, args.output.empty() ? "wardmark-dry-run" : args.output);
  const auto ledger = writes ? Ledger::of(args.key, key, console) : std::nullopt;
  MarkJob job = settle(args, record, key, console, stop.requested());
  if (!job.plan) return ExitStatus::stopped;
  const Plan& plan = *job.plan;
  const NameKeys names(key.name_key(plan.release_name));
  const ReleaseKeys keys(names.name_key, plan.id);
  std::optional<BeaconRound> beacon;
  if (!args.beacon.empty()) beacon = parse_beacon(text_of(read_file(args.beacon)));
  const GhostDecision decision = decide(plan, key, draw_plan(plan, keys, beacon));
  const MarkRules rules = decision.rules();
  const ManifestHeader header = mark_header(plan, beacon, job.shard);
  const MarkRun run{job.tree, plan,        names,     keys,       rules,   header,
                    record,   args.output, job.shard, job.resume, console, stop.requested()};
  if (args.dry_run) return show_marking(run, console);
  if (args.survival_only) return survival_alone(run, limits, console);
  if (ledger && !job.resume) ledger->check(plan, 0, !args.release.name.empty() && !args.overwrite, console);
  if (args.overwrite && record.exists()) console.say("the old record is kept as " + record.set_aside().string());
  record.create();
  if (job.shard.whole()) {
    record.remove_unfinished();
    if (job.resume) remove_asides(args.output);
  }
  if (!job.resume) record.write_plan(job.plan_text);
  if (ledger && !job.resume) ledger->add(plan, 0, console);
  const MarkOutcome outcome = mark_corpus(run);
  console.end_progress();
  std::optional<SurvivalReport> survival;
  if (args.survival && !outcome.interrupted) survival = corpus_survival(run, limits);
  console.end_progress();
  report_marking(args.output, plan, outcome, survival, rules.recipe.words, console);
  if (outcome.interrupted) return ExitStatus::stopped;
  if (job.shard.whole()) say_draw(header, console);
  return outcome.refused > 0 || outcome.faults > 0 ? ExitStatus::partial : ExitStatus::ok;
}

void add_run_options(CLI::App& app, MarkArgs& args) {
  constexpr auto group = "Run";
  app.add_option("-o,--output", args.output, "where the marked copy goes: a tree or file like the input; - is stdout")
      ->type_name("OUT")
      ->group(group);
  app.add_option("--plan", args.plan, "follow this plan")->type_name("FILE")->group(group);
  app.add_option("--beacon", args.beacon, "JSON of the beacon round the plan names")->type_name("FILE")->group(group);
  app.add_option("--record", args.record, "the private record's folder (default: OUT.wardmark)")
      ->type_name("DIR")
      ->group(group);
  app.add_option("--shard", args.shard, "do part i of N, or auto/N from the batch engine's array variable")
      ->type_name("i/N")
      ->group(group);
  app.add_option("--shard-base", args.shard_base, "first index of the array of --shard auto/N")
      ->check(CLI::Range(0, 1))
      ->group(group);
  app.add_flag("--strip", args.strip,
               "the reverse: IN is a release with its record, OUT becomes the texts as they were")
      ->group(group);
  app.add_flag("--edited", args.edited,
               "with --strip: from files that changed since, take out the sentences found by the key, and list them")
      ->group(group);
  app.add_flag("-n,--dry-run", args.dry_run, "show what would be put where, write nothing")->group(group);
  app.add_flag("--survival", args.survival,
               "run the rules of public filters over the release, before and after marking")
      ->group(group);
  app.add_flag("--survival-only", args.survival_only, "the same without marking anything")->group(group);
  app.add_option("--survival-limit", args.limits, "another threshold for a rule, e.g. FW.dup=0.1")
      ->type_name("ID=VALUE")
      ->group(group);
  auto* resume = app.add_flag("--resume", args.resume, "continue an earlier run of the same command")->group(group);
  app.add_flag("--overwrite", args.overwrite, "start anew over an existing output; its old record is kept")
      ->excludes(resume)
      ->group(group);
}

}  // namespace

void declare_mark(CLI::App& app, Action& action) {
  auto args = std::make_shared<MarkArgs>();
  app.add_option("input", args->input, "folder or file of texts; - is stdin")->required()->type_name("IN");
  add_key_options(app, args->key);
  add_ghost_options(app, args->ghost);
  std::string formats = "take every file as:";
  for (const TextFormat& format : text_formats()) formats += " " + std::string(format.name);
  app.add_option("--format", args->release.format, formats)->type_name("FORMAT")->group("Sentences");
  app.add_option("--release", args->release.name, "name of the release (default: the input's name)")
      ->type_name("NAME")
      ->group("Sentences");
  add_run_options(app, *args);
  action = [args](Console& console) { return mark(*args, console); };
}

}  // namespace wardmark
