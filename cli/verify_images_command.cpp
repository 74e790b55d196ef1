#include <CLI/CLI.hpp>
#include <numeric>

#include "cli/blind_package.h"
#include "cli/command.h"
#include "cli/evidence_bundle.h"
#include "cli/evidence_options.h"
#include "cli/fitting.h"
#include "cli/judgement.h"
#include "cli/key_options.h"
#include "cli/method_options.h"
#include "cli/open_record.h"
#include "cli/protect_job.h"
#include "cli/query_job.h"
#include "cli/rehearsal.h"
#include "cli/suspect_source.h"
#include "cli/suspect_state.h"
#include "cli/test_pictures.h"
#include "cli/verdict_page.h"
#include "core/error.h"
#include "core/secret.h"
#include "io/atomic_file.h"
#include "io/item_id.h"
#include "perturb/fit.h"
#include "verify/suspect_log.h"

namespace wardmark {
namespace {

namespace fs = std::filesystem;

struct VerifyImagesArgs {
  Asking asking;
  std::vector<std::string> releases;
  std::string release, record;
  std::size_t together = 1;  ///< releases that are tested by one command
  TestSource test;
  std::string statistic = "auto";
  EvidenceArgs evidence;
  KeyOptions key;
  bool rehearse = false;
};

/// Whether key and assignment of the marks can be ranked: there are marks, and other keys would have made others.
bool ranks_keys(const Plan& plan, const MethodInfo& method) {
  std::vector<std::uint32_t> slots(plan.classes.size());
  std::iota(slots.begin(), slots.end(), 0u);
  const bool texture = !method.needs_engine || fit_settings(method, plan.parameters).carrier > 0;
  return plan.classes.size() >= 2 && method.verifiable && texture && plan.test.pool > 0 &&
         prepare_method(plan, method, Subkey(), slots)->verifiable();
}

/// What is tested: by the plan alone, unless it is said. Error(no_test) for releases for which no exact test is known.
bool tests_twins(const VerifyImagesArgs& args, const Plan& plan) {
  const MethodInfo& method = find_method(plan.method);
  const bool keys = ranks_keys(plan, method), twins = makes_twins(method, plan.parameters);
  const bool wanted = args.statistic == "twins" || (args.statistic == "auto" && !keys && twins);
  if (!(wanted ? twins : keys)) {
    throw Error(Code::no_test,
                "'" + plan.method + "' as this release used it leaves no " + (wanted ? "coins" : "draw of the key") +
                    " to test",
                "`wardmark methods " + plan.method + "` says what can be verified");
  }
  return wanted;
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
  TestFiles test;
  fs::path state;
  std::vector<TimeStamp> stamps;
};

/// Reads the record, for a test by `statistic` of pictures that `choose` takes; a line is in the list of tests then.
Prepared prepared(const VerifyImagesArgs& args, OwnerKey key, const RecordFolder& folder, OpenRecord record,
                  TestPictures pictures, const std::string& statistic) {
  const ReleaseKeys keys = release_keys(record.plan, key);
  Prepared ready{std::move(key), folder, std::move(record), keys, std::move(pictures), {}, {}, {}};
  const Plan& plan = ready.record.plan;
  ready.stamps = kept_stamps(folder, commitments_of(ready.record));
  TestFiles& test = ready.test;
  test.intent = {to_hex(ByteView(plan.id)),
                 args.asking.source.suspect,
                 {},
                 plan.test.alpha / plan.test.suspects / static_cast<double>(args.together)};
  const std::string how = statistic + " " + args.asking.access + " " + args.asking.classes;
  test.intent.identity = to_hex(
      digest(nullptr, "test",
             {bytes_of(suspect_identity(args.asking.source)), bytes_of(ready.pictures.identity), bytes_of(how)}));
  test.pictures = ready.pictures.pictures;
  test.contents = ready.pictures.contents;
  test.log = log_path(args.evidence.log, args.key.file, test.intent.release);
  SuspectLog log(test.log, keys.mac.derive("suspect-log"));
  ready.state = state_folder(args.evidence.state, folder, test.intent.identity, "queries.jsonl", "answers.json",
                             args.evidence.resume);
  test.number = log.begin(test.intent, plan.test.suspects);
  return ready;
}

template <class AnyVerdict>
ExitStatus conclude(const VerifyImagesArgs& args, const Prepared& ready, AnyVerdict& verdict, Console& console) {
  verdict.exploratory = args.evidence.exploratory;
  SuspectLog log(ready.test.log, ready.keys.mac.derive("suspect-log"));
  log.conclude(ready.test.intent, verdict.table, verdict.result.p);
  console.result(console.style().json ? verdict_json(verdict) : verdict_text(verdict));
  return verdict.evidence() && verdict.claims() ? ExitStatus::ok : ExitStatus::negative;
}

void disclose(const VerifyImagesArgs& args, Prepared& ready, const QueryJob& job, Console& console) {
  if (args.evidence.disclose.empty()) return;
  const Plan& plan = ready.record.plan;
  ready.test.journal = job.journal;
  ready.test.answers = job.table;
  write_bundle(args.evidence.disclose, ready.folder, plan, ready.key, ready.test);
  console.say(shown(args.evidence.disclose) + " holds the key of the releases named '" + printable(plan.release_name) +
              "': whoever has it can find, take out and forge their marks");
}

ExitStatus test_shortcut(const VerifyImagesArgs& args, OwnerKey key, const RecordFolder& folder, OpenRecord record,
                         Console& console) {
  const ReleaseKeys keys = release_keys(record.plan, key);
  TestPictures pictures = choose_test_pictures(args.test, record, keys.pool_root.derive("query-order"), console);
  QueryJob job = questions_of(record.plan, keys, args.test, pictures);
  job.fit = mask_alone(folder, keys);
  if (args.rehearse) return rehearse(record.plan, keys, std::move(job), pictures, args.asking, folder.path(), console);
  Prepared ready = prepared(args, std::move(key), folder, std::move(record), std::move(pictures), "shortcut");
  if (!args.evidence.blind.empty()) {
    job.access = access_of(args.asking.access);
    job.suspect_labels = label_lines(args.asking.classes);
    write_blind_package(args.evidence.blind, {job, ready.pictures.contents});
    console.say(shown(args.evidence.blind) +
                " is for the examiner, with the test pictures; it holds all candidate keys, and not the draw");
    return ExitStatus::ok;
  }
  ExitStatus status = ExitStatus::ok;
  std::optional<QueryAnswers> answers;
  if (args.evidence.answers.empty()) {
    ask_with(args.asking, ready.state, job);
    answers = ask(job, console, status);
  } else {
    job.access = access_of(args.asking.access);
    answers = examined_answers(args.evidence.answers, job, ready.pictures.contents);
  }
  if (!answers) return status;

  // Only now is the draw opened.
  Judgement judgement = judged(ready.record, keys, *answers, ready.test.intent, ready.test.number, ready.stamps,
                               ready.pictures.pictures.size());
  status = conclude(args, ready, judgement.verdict, console);
  if (!args.evidence.report.empty()) {
    const auto examples = verdict_examples(job, judgement.marks, answers->suspect);
    write_file(args.evidence.report, bytes_of(verdict_page(judgement, answers->table, job.classes, examples)), 0600);
  }
  disclose(args, ready, job, console);
  return status;
}

ExitStatus test_twins(const VerifyImagesArgs& args, OwnerKey key, const RecordFolder& folder, OpenRecord record,
                      Console& console) {
  if (args.rehearse) {
    throw Error(Code::usage, "a test of twins has no --rehearse: it has no spare keys",
                "the verdict says which effect would have been found");
  }
  const Plan& plan = record.plan;
  const ReleaseKeys keys = release_keys(plan, key);
  const Draw draw = recorded_draw(record, keys);
  const Subkey order = twin_order(keys);
  TestPictures originals =
      choose_originals(args.test, record, NameKeys(key.name_key(plan.release_name)), order, console);
  QueryJob job = questions_about_twins(plan, order, draw, args.test, originals);
  if (const auto fit = recorded_fit(folder, keys)) job.fit = write_fit_state(*fit);
  Prepared ready = prepared(args, std::move(key), folder, std::move(record), std::move(originals), "twins");
  ask_with(args.asking, ready.state, job);
  ExitStatus status = ExitStatus::ok;
  const std::optional<TwinAnswers> answers = ask_about_twins(job, console, status);
  if (!answers) return status;
  // Only now is a coin looked at.
  TwinVerdict verdict = judged_twins(ready.record.plan, draw, *answers, ready.pictures.places, ready.test.intent,
                                     ready.test.number, ready.stamps);
  verdict.access = job.access;
  status = conclude(args, ready, verdict, console);
  if (!args.evidence.report.empty()) write_file(args.evidence.report, bytes_of(verdict_page(verdict)), 0600);
  ready.test.places = ready.pictures.places;
  ready.test.access = job.access;
  disclose(args, ready, job, console);
  return status;
}

ExitStatus verify_one(const VerifyImagesArgs& args, OwnerKey key, Console& console) {
  const RecordFolder folder = record_of(args.record, args.release);
  OpenRecord record = open_record(folder, key);
  const bool twins = tests_twins(args, record.plan);
  check_new(args.evidence.disclose);
  check_new(args.evidence.blind);
  if ((!args.evidence.blind.empty() || !args.evidence.answers.empty()) && (twins || args.rehearse)) {
    throw Error(Code::usage, "--blind and --answers are for the shortcut test",
                "a test of twins asks about originals, which are not for an examiner");
  }
  return (twins ? test_twins : test_shortcut)(args, std::move(key), folder, std::move(record), console);
}

/// Copies for several recipients: which of them did the suspect learn from? The level is shared among them.
ExitStatus verify_several(const VerifyImagesArgs& args, const OwnerKey& key, Console& console) {
  const bool single = !args.record.empty() || !args.evidence.disclose.empty() || !args.evidence.report.empty() ||
                      !args.evidence.blind.empty() || !args.evidence.answers.empty() || !args.evidence.state.empty() ||
                      !args.evidence.log.empty();
  if (single) {
    throw Error(Code::usage,
                "several releases with --record, --disclose, --report, --blind, --answers, --state or --log",
                "test them one by one for that");
  }
  console.say(std::to_string(args.releases.size()) + " releases share the level: each is tested at a part of its own");
  ExitStatus status = ExitStatus::negative;
  for (const std::string& release : args.releases) {
    VerifyImagesArgs one = args;
    one.release = release;
    one.together = args.releases.size();
    if (!console.style().json) console.result("== " + printable(release) + "\n");
    std::string text = key.format();
    OwnerKey copy = OwnerKey::parse(text);
    wipe(text);
    const ExitStatus found = verify_one(one, std::move(copy), console);
    if (found != ExitStatus::ok && found != ExitStatus::negative) return found;
    if (found == ExitStatus::ok) status = ExitStatus::ok;
  }
  return status;
}

ExitStatus verify_images(VerifyImagesArgs args, Console& console) {
  OwnerKey key = load_key(args.key, console);
  if (args.releases.size() > 1) return verify_several(args, key, console);
  if (!args.releases.empty()) args.release = args.releases.front();
  return verify_one(args, std::move(key), console);
}

}  // namespace

void declare_verify_images(CLI::App& app, Action& action) {
  auto args = std::make_shared<VerifyImagesArgs>();
  args->asking.source.jobs = default_jobs();
  add_asking_options(app, args->asking,
                     "the model: a .safetensors file of `wardmark train`, a TorchScript or ONNX file, "
                     "http(s)://ADDRESS, or exec:PROGRAM");
  app.get_option("--suspect")->required();
  app.add_option("--release", args->releases,
                 "the released folder or file; given again for each of several recipients' copies")
      ->allow_extra_args(false)
      ->type_name("OUT");
  app.add_option("--record", args->record, "its record (default: OUT.wardmark)")->type_name("DIR");
  add_key_options(app, args->key);
  app.add_option(
         "--statistic", args->statistic,
         "shortcut: rank the key among all candidates; twins: rank the coins of `protect --twins`, asking about "
         "the originals; auto: shortcut where the release has marks")
      ->check(CLI::IsMember({"auto", "shortcut", "twins"}))
      ->capture_default_str();
  constexpr auto pictures = "Pictures";
  app.add_option("--test", args->test.data,
                 "clean pictures with classes: originals, or others like them; none of the release")
      ->required()
      ->type_name("DATA")
      ->group(pictures);
  app.add_option("--labels", args->test.labels,
                 "where their classes come from: folder[:first|leaf|N], a CSV or JSON file, dicom:KEYWORD")
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
  app.add_option("-j,--jobs", args->asking.source.jobs, "threads")
      ->check(CLI::Range(1, 4096))
      ->capture_default_str()
      ->group("Asking");
  add_evidence_options(app, args->evidence, "words and plots; it shows the released marks, but of twins",
                       "the questions");
  app.add_flag("--rehearse", args->rehearse,
               "ask with spare keys: says what a test could find, opens nothing, and spends no test");
  app.footer("Exit status 0: evidence at the planned level; 1: none, or nothing that may be claimed.");
  action = [args](Console& console) { return verify_images(*args, console); };
}

}  // namespace wardmark
