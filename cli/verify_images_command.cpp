#include <CLI/CLI.hpp>
#include <chrono>
#include <numeric>

#include "cli/command.h"
#include "cli/evidence_bundle.h"
#include "cli/fitting.h"
#include "cli/judgement.h"
#include "cli/key_options.h"
#include "cli/method_options.h"
#include "cli/open_record.h"
#include "cli/protect_job.h"
#include "cli/query_job.h"
#include "cli/rehearsal.h"
#include "cli/scratch_folder.h"
#include "cli/suspect_source.h"
#include "cli/suspect_state.h"
#include "cli/test_pictures.h"
#include "cli/verdict_page.h"
#include "core/error.h"
#include "io/atomic_file.h"
#include "io/item_id.h"
#include "perturb/fit.h"
#include "verify/suspect_log.h"

namespace wardmark {
namespace {

namespace fs = std::filesystem;

struct VerifyImagesArgs {
  SuspectSource suspect;
  std::string release, record;
  TestSource test;
  std::string suspect_classes;
  std::string access = "labels";
  std::string log, state, disclose, report;
  KeyOptions key;
  double seconds = 600;
  std::uint64_t memory_mib = 0;
  bool resume = false;
  bool exploratory = false, rehearse = false;
};

/// Refuses releases for which no exact test is known.
void check_testable(const Plan& plan, const MethodInfo& method) {
  std::vector<std::uint32_t> slots(plan.classes.size());
  std::iota(slots.begin(), slots.end(), 0u);
  const bool texture = !method.needs_engine || fit_settings(method, plan.parameters).carrier > 0;
  if (plan.classes.size() < 2 || !method.verifiable || !texture || plan.test.pool == 0 ||
      !prepare_method(plan, method, Subkey(), slots)->verifiable()) {
    throw Error(Code::no_test, "'" + plan.method + "' as this release used it leaves no draw of the key to test",
                "`wardmark methods " + plan.method + "` says what can be verified");
  }
}

/// The state of a fitted method that is no secret of the draw: where the mask lies.
Bytes mask_alone(const RecordFolder& folder, const ReleaseKeys& keys) {
  const auto fit = recorded_fit(folder, keys);
  if (!fit || fit->salience.empty()) return {};
  FitState mask = *fit;
  mask.ids.clear();
  mask.noise.clear();
  return write_fit_state(mask);
}

/// Everything that is settled before a suspect is asked.
struct Prepared {
  OwnerKey key;
  RecordFolder folder;
  OpenRecord record;
  ReleaseKeys keys;
  TestPictures pictures;
};

Prepared prepare(const VerifyImagesArgs& args, Console& console) {
  OwnerKey key = load_key(args.key, console);
  const RecordFolder folder = record_of(args.record, args.release);
  OpenRecord record = open_record(folder, key);
  check_testable(record.plan, find_method(record.plan.method));
  check_new(args.disclose);
  const ReleaseKeys keys = release_keys(record.plan, key);
  TestPictures pictures = choose_test_pictures(args.test, record, keys.pool_root.derive("query-order"), console);
  return {std::move(key), folder, std::move(record), keys, std::move(pictures)};
}

QueryJob job_of(const VerifyImagesArgs& args, const Prepared& ready, const fs::path& state) {
  const Plan& plan = ready.record.plan;
  const TestPictures& chosen = ready.pictures;
  QueryJob job;
  job.method = plan.method;
  job.parameters = plan.parameters;
  job.output = plan.output;
  job.classes = class_names_of(plan);
  job.items = plan.items.size();
  job.pool = pool_of(plan, ready.keys);
  job.order = ready.keys.pool_root.derive("query-order");
  job.fit = mask_alone(ready.folder, ready.keys);
  job.data = fs::absolute(args.test.data).string();
  job.format = chosen.format;
  job.labels = args.test.labels;
  job.class_names = args.test.classes;
  job.splits = chosen.splits;
  job.pictures = chosen.pictures;
  job.suspect = suspect_command(args.suspect, state);
  job.suspect_labels = label_lines(args.suspect_classes);
  job.access = access_of(args.access);
  job.limits = {args.seconds, args.memory_mib};
  job.jobs = args.suspect.jobs;
  job.journal = (state / "queries.jsonl").string();
  job.table = (state / "answers.json").string();
  return job;
}

/// Asks in a process of its own, unless it was done before. Absent: it ended with `status`.
std::optional<QueryAnswers> asked(const QueryJob& job, Console& console, ExitStatus& status) {
  if (!fs::exists(job.table)) {
    status = static_cast<ExitStatus>(run_query_process(format_query_job(job), style_words(console)));
    if (status != ExitStatus::ok) return std::nullopt;
  }
  const Bytes text = read_file(job.table);
  return parse_query_answers(text_of(ByteView(text)));
}

ExitStatus rehearse(const VerifyImagesArgs& args, const Prepared& ready, Console& console) {
  const ScratchFolder state(ready.folder.path());
  QueryJob job = job_of(args, ready, state.path());
  job.pool = spare_pool(ready.record.plan, ready.keys);
  const auto start = std::chrono::steady_clock::now();
  ExitStatus status = ExitStatus::ok;
  const std::optional<QueryAnswers> answers = asked(job, console, status);
  if (!answers) return status;
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  Rehearsal rehearsal = rehearsed(ready.record.plan, ready.keys, job, ready.pictures, *answers);
  rehearsal.suspect = printable(args.suspect.suspect);
  rehearsal.seconds = seconds.count();
  console.result(console.style().json ? rehearsal_json(rehearsal) : rehearsal_text(rehearsal));
  return status;
}

ExitStatus verify_images(const VerifyImagesArgs& args, Console& console) {
  const Prepared ready = prepare(args, console);
  if (args.rehearse) return rehearse(args, ready, console);
  const Plan& plan = ready.record.plan;
  TestFiles test;
  test.intent = {to_hex(ByteView(plan.id)), args.suspect.suspect, {}, plan.test.alpha / plan.test.suspects};
  const std::string how = "shortcut " + args.access + " " + args.suspect_classes;
  test.intent.identity = to_hex(digest(
      nullptr, "test", {bytes_of(suspect_identity(args.suspect)), bytes_of(ready.pictures.identity), bytes_of(how)}));
  test.pictures = ready.pictures.pictures;
  test.contents = ready.pictures.contents;
  test.log = log_path(args.log, args.key.file, test.intent.release);
  SuspectLog log(test.log, ready.keys.mac.derive("suspect-log"));
  const fs::path state =
      state_folder(args.state, ready.folder, test.intent.identity, "queries.jsonl", "answers.json", args.resume);
  test.number = log.begin(test.intent, plan.test.suspects);

  const QueryJob job = job_of(args, ready, state);
  ExitStatus status = ExitStatus::ok;
  const std::optional<QueryAnswers> answers = asked(job, console, status);
  if (!answers) return status;
  test.journal = job.journal;
  test.answers = job.table;

  // Only now is the draw opened.
  Judgement judgement =
      judged(ready.record, ready.keys, *answers, test.intent, test.number, ready.pictures.pictures.size());
  Verdict& verdict = judgement.verdict;
  verdict.exploratory = args.exploratory;
  log.conclude(test.intent, verdict.table, verdict.result.p);
  console.result(console.style().json ? verdict_json(verdict) : verdict_text(verdict));
  if (!args.report.empty()) {
    const auto examples = verdict_examples(job, judgement.marks, answers->suspect);
    write_file(args.report, bytes_of(verdict_page(judgement, answers->table, job.classes, examples)), 0600);
  }
  if (!args.disclose.empty()) {
    write_bundle(args.disclose, ready.folder, plan, ready.key, test);
    console.say(shown(args.disclose) + " holds the key of the releases named '" + printable(plan.release_name) +
                "': whoever has it can find, take out and forge their marks");
  }
  return verdict.evidence() && args.exploratory ? ExitStatus::ok : ExitStatus::negative;
}

}  // namespace

void declare_verify_images(CLI::App& app, Action& action) {
  auto args = std::make_shared<VerifyImagesArgs>();
  args->suspect.jobs = default_jobs();
  app.add_option("--suspect", args->suspect.suspect,
                 "the model: a .safetensors file of `wardmark train`, a TorchScript or ONNX file, "
                 "http(s)://ADDRESS, or exec:PROGRAM")
      ->required()
      ->type_name("FILE|URL|exec:PROGRAM");
  app.add_option("--release", args->release, "the released folder or file")->type_name("OUT");
  app.add_option("--record", args->record, "its record (default: OUT.wardmark)")->type_name("DIR");
  add_key_options(app, args->key);
  constexpr auto pictures = "Pictures";
  app.add_option("--test", args->test.data,
                 "clean pictures with classes: originals, or others like them; none of the release")
      ->required()
      ->type_name("DATA")
      ->group(pictures);
  app.add_option("--labels", args->test.labels,
                 "where their classes come from: folder[:first|leaf|N], a CSV or JSON file")
      ->type_name("SOURCE")
      ->capture_default_str()
      ->group(pictures);
  app.add_option("--classes", args->test.classes, "file with the names of integer labels, one a line")
      ->type_name("FILE")
      ->group(pictures);
  app.add_option("--splits", args->test.splits, "arrays of an .npz to take (default: test)")
      ->type_name("LIST")
      ->group(pictures);
  app.add_option("--queries", args->test.queries,
                 "ask no more than this (default: as many as the plan's pictures need)")
      ->type_name("Q")
      ->group(pictures);
  constexpr auto asking = "Asking";
  app.add_option("--access", args->access, "what the suspect is asked for: labels, or scores where it has them")
      ->check(CLI::IsMember({"labels", "scores"}))
      ->capture_default_str()
      ->group(asking);
  app.add_option("--suspect-classes", args->suspect_classes, "file that names the suspect's answers, one a line")
      ->type_name("FILE")
      ->group(asking);
  add_foreign_options(app, "suspect-", args->suspect.foreign);
  add_remote_options(app, args->suspect.remote);
  app.add_option("--suspect-seconds", args->seconds, "longest wait for an answer")
      ->check(CLI::Range(0.1, 86400.0))
      ->capture_default_str()
      ->group(asking);
  app.add_option("--suspect-memory", args->memory_mib, "address space of the suspect in MiB; 0: no limit")
      ->type_name("MIB")
      ->capture_default_str()
      ->group(asking);
  app.add_option("--device", args->suspect.device, "where a model in a file computes: auto, cpu or gpu")
      ->check(CLI::IsMember({"auto", "cpu", "gpu"}))
      ->capture_default_str()
      ->group(asking);
  app.add_option("--state", args->state, "folder of the answers (default: in the record)")
      ->type_name("DIR")
      ->group(asking);
  app.add_flag("--resume", args->resume, "go on with a run that was stopped")->group(asking);
  app.add_option("-j,--jobs", args->suspect.jobs, "threads")
      ->check(CLI::Range(1, 4096))
      ->capture_default_str()
      ->group(asking);
  app.add_option("--log", args->log, "list of all tests of this release (default: KEYFILE.RELEASE.tests)")
      ->type_name("FILE");
  app.add_flag("--rehearse", args->rehearse,
               "ask with spare keys: says what a test could find, opens nothing, and spends no test");
  app.add_option("--report", args->report, "write a page that says it in words and plots; it shows the released marks")
      ->type_name("FILE.html");
  app.add_option("--disclose", args->disclose,
                 "write evidence from which others recompute the verdict; it holds the release's key")
      ->type_name("DIR");
  app.add_flag("--exploratory", args->exploratory,
               "let the exit status say what was found, though no time stamp vouches for the plan");
  app.footer("Exit status 0: evidence at the planned level; 1: none, or nothing that may be claimed.");
  action = [args](Console& console) { return verify_images(*args, console); };
}

}  // namespace wardmark
