#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "cli/blind_texts.h"
#include "cli/command.h"
#include "cli/judgement.h"
#include "cli/key_options.h"
#include "cli/protect_job.h"
#include "cli/suspect_state.h"
#include "cli/text_asking.h"
#include "cli/text_exposure.h"
#include "cli/text_options.h"
#include "core/error.h"
#include "io/atomic_file.h"
#include "io/item_id.h"

namespace wardmark {
namespace {

namespace fs = std::filesystem;

struct VerifyTextArgs {
  TextAsking asking;
  SuspectSource reference;
  std::string release, record, compare = "difference", provider;
  TextTestArgs test;
  std::uint64_t most_requests = 0, most_tokens = 0;
  std::string log, state, report, disclose, blind, answers;
  KeyOptions key;
  bool resume = false, exploratory = false, show_marks = false, dry_run = false;
  bool has_reference() const { return !reference.suspect.empty(); }
};

/// Everything that is settled before a suspect is asked.
struct Prepared {
  OwnerKey key;
  RecordFolder folder;
  OpenRecord record;
  ReleaseKeys keys;
  Draw draw;
  std::vector<HostContext> hosts;
};

Prepared prepare(const VerifyTextArgs& args, Console& console) {
  if (args.release.empty() && args.record.empty())
    throw Error(Code::usage, "name the release or its record", "--release OUT, or --record DIR");
  OwnerKey key = load_key(args.key, console);
  const RecordFolder folder = record_of(args.record, args.release);
  OpenRecord record = open_record(folder, key);
  if (record.plan.method != "ghost") {
    throw Error(Code::no_test, "'" + record.plan.method + "' puts no sentences into texts",
                "`wardmark verify images` tests releases of pictures");
  }
  const ReleaseKeys keys = release_keys(record.plan, key);
  Draw draw = recorded_draw(folder, record.plan, keys);
  std::vector<HostContext> hosts = chosen_hosts(args.test, args.release, record.plan, record.items, keys, console);
  if (hosts.empty()) console.say("sentences are asked about on their own, without documents before them");
  return {std::move(key), folder, std::move(record), keys, std::move(draw), std::move(hosts)};
}

/// Which tests are made, as far as it is settled before the suspect has shown what it can do.
TextChoice typed_choice(const VerifyTextArgs& args, std::vector<std::string>& left_out) {
  TextChoice choice = chosen_text_tests(args.test);
  if (args.has_reference()) choice.compare = args.compare;
  if (args.blind.empty() && args.answers.empty()) return choice;
  if (!choice.rank) {
    throw Error(Code::no_test, "--blind: beginnings of the released sentences would tell an examiner which they are",
                "--test rank can be made blind");
  }
  if (!choice.last.empty()) left_out.emplace_back("last-k: its beginnings would tell an examiner the draw");
  choice.last.clear();
  return choice;
}

void check_totals(const VerifyTextArgs& args, const TextTotals& totals) {
  const auto check = [](const char* option, std::uint64_t most, std::uint64_t needed) {
    if (most > 0 && needed > most) {
      throw Error(Code::usage,
                  std::string(option) + " " + std::to_string(most) + ": the tests need up to " + std::to_string(needed),
                  "ask in fewer --contexts, of fewer siblings (-B), or for one --test");
    }
  };
  check("--max-requests", args.most_requests, totals.requests());
  check("--max-tokens", args.most_tokens, totals.tokens);
}

ExitStatus show_totals(const VerifyTextArgs& args, const TextAsked& asked, const TextTotals& totals, Console& console) {
  if (console.style().json) {
    console.result(nlohmann::json{{"schema", "wardmark.verify-text-plan/1"},
                                  {"sentences", asked.subjects.size()},
                                  {"prompts", totals.prompts},
                                  {"items", totals.items},
                                  {"reference_items", totals.reference_items},
                                  {"probes", totals.probes},
                                  {"requests", totals.requests()},
                                  {"tokens", totals.tokens},
                                  {"reference", args.has_reference()}}
                       .dump() +
                   "\n");
    return ExitStatus::ok;
  }
  console.result("would ask about " + counted(asked.subjects.size(), "sentence") + ": " +
                 counted(totals.prompts, "beginning") + " to continue, " + counted(totals.items, "text") + " to score" +
                 (args.has_reference() ? ", all of these of the reference model too" : "") + ", and " +
                 counted(totals.probes, "common sentence") + " first; at most " +
                 counted(totals.requests(), "request") + " and about " + counted(totals.tokens, "token") + "\n");
  return ExitStatus::ok;
}

TestIntent intent_of(const VerifyTextArgs& args, const Prepared& ready, const TextChoice& choice,
                     const TextAsked& asked) {
  const Plan& plan = ready.record.plan;
  const SuspectSource& suspect = args.asking.source;
  TestIntent intent{to_hex(ByteView(plan.id)), suspect.suspect, {}, plan.test.alpha / plan.test.suspects};
  const std::string reference = choice.compare.empty() ? "" : choice.compare + suspect_identity(args.reference);
  const std::string prompts = identity_of({asked.last.prompts, {}}, {});
  const std::string items = identity_of({{}, asked.rank.items}, {});
  intent.identity =
      to_hex(digest(nullptr, "text-test",
                    {bytes_of(suspect_identity(suspect)), bytes_of(reference), bytes_of(prompts), bytes_of(items)}));
  return intent;
}

/// A test from the moment on that it is listed.
struct Listed {
  const VerifyTextArgs& args;
  const Prepared& ready;
  TextTestFiles test;
  TextAsked asked;
};

/// Lists the test before the first question about the release, with what will be shown to whom. `again`: its verdict
/// stands already.
Listed listed(const VerifyTextArgs& args, const Prepared& ready, const TextChoice& choice,
              std::vector<std::string> left_out, const TestIntent& intent, bool again, SuspectLog& log) {
  Listed test{args, ready, {}, text_asked(ready.record, ready.keys, ready.draw, choice, ready.hosts)};
  const std::string suspect = suspect_identity(args.asking.source);
  const Exposure exposure{intent, suspect, args.provider};
  if (!again) check_exposure(exposure, choice, log.sent(intent.release));
  test.test.earlier = earlier_guesses(exposure, choice, log.sent(intent.release));
  test.test.intent = intent;
  test.test.number = log.begin(intent, ready.record.plan.test.suspects);
  test.test.choice = choice;
  test.test.hosts = ready.hosts;
  test.test.reference = args.reference.suspect;
  test.test.left_out = std::move(left_out);
  note_exposure(exposure, choice, test.asked, log);
  const std::string host = provider_of(args.reference.suspect);
  if (choice.rank && !host.empty())
    log.note({intent.release, intent.identity, suspect_identity(args.reference), host, 0, 0, choice.siblings + 1});
  return test;
}

/// The reference model shows what it can do too, then scores the same texts.
bool ask_reference(const Listed& test, TextAnswerFiles& files) {
  if (test.test.choice.compare.empty()) return true;
  TextAsking asking = test.args.asking;
  asking.source = test.args.reference;
  if (!files.probe(asking, kReferenceProbeFile)) return false;
  const TextAbility ability = files.probed(kReferenceProbeFile).ability;
  if (!ability.scores) throw Error(Code::suspect_reply, "reference: " + ability.no_scoring);
  return files.ask(asking, {{}, test.asked.rank.items}, kReferenceFile);
}

/// Opens the draw.
ExitStatus concluded(Listed& test, const fs::path& state, SuspectLog& log, Console& console) {
  const VerifyTextArgs& args = test.args;
  const Prepared& ready = test.ready;
  TextEvidence evidence = answers_in(state, test.test.choice, test.asked, test.test.reference);
  evidence.left_out = test.test.left_out;
  evidence.earlier = test.test.earlier;
  TextVerdict verdict =
      judged_text(ready.record, test.test.choice, test.asked, evidence, test.test,
                  kept_stamps(ready.folder, commitments_of(ready.record)), ready.draw, args.show_marks);
  verdict.exploratory = args.exploratory;
  log.conclude(test.test.intent, verdict.table, verdict.p());
  write_file(state / "verdict.json", bytes_of(verdict_json(verdict)), 0600);
  console.result(console.style().json ? verdict_json(verdict) : verdict_text(verdict));
  if (!args.report.empty()) write_file(args.report, bytes_of(verdict_page(verdict)), 0600);
  if (!args.disclose.empty()) {
    const Plan& plan = ready.record.plan;
    test.test.answers = state;
    test.test.log = log_path(args.log, args.key.file, test.test.intent.release);
    write_text_bundle(args.disclose, ready.folder, plan, ready.key, test.test);
    console.say(shown(args.disclose) + " holds the key of the releases named '" + printable(plan.release_name) +
                "': whoever has it can find, take out and forge their sentences");
  }
  return verdict.evidence() && verdict.claims() ? ExitStatus::ok : ExitStatus::negative;
}

/// Of a test whose suspect an examiner asks: makes the questions, or judges what was left in their folder.
ExitStatus verify_blind_texts(const VerifyTextArgs& args, const Prepared& ready, const TextChoice& choice,
                              const std::vector<std::string>& left_out, const TestIntent& intent, SuspectLog& log,
                              Console& console) {
  if (!args.answers.empty()) {
    const std::string hash = examined_texts_hash(args.answers);
    console.say("the examiner's answers have the hash " + hash);
    TextAnswerFiles files(fs::absolute(args.answers), console);
    TextChoice fitting = choice;
    std::vector<std::string> none;
    fit_to(files.probed(kProbeFile), "rank", fitting, none);
    Listed test = listed(args, ready, choice, left_out, intent, true, log);
    if (!ask_reference(test, files)) return files.status();
    return concluded(test, files.folder(), log, console);
  }
  const Listed test = listed(args, ready, choice, left_out, intent, false, log);
  write_blind_texts(args.blind, test.asked.rank.items);
  console.say(shown(args.blind) +
              " is for the examiner; it holds sentences that were never published, and not the draw");
  return ExitStatus::ok;
}

ExitStatus verify_text(const VerifyTextArgs& args, Console& console) {
  check_new(args.disclose);
  check_new(args.blind);
  const Prepared ready = prepare(args, console);
  std::vector<std::string> left_out;
  TextChoice choice = typed_choice(args, left_out);
  const TextAsked planned = text_asked(ready.record, ready.keys, ready.draw, choice, ready.hosts);
  const TextTotals totals = totals_of(planned, args.has_reference());
  if (args.dry_run) return show_totals(args, planned, totals, console);
  check_totals(args, totals);
  const TestIntent intent = intent_of(args, ready, choice, planned);
  SuspectLog log(log_path(args.log, args.key.file, intent.release), ready.keys.mac.derive("suspect-log"));
  if (!args.blind.empty() || !args.answers.empty())
    return verify_blind_texts(args, ready, choice, left_out, intent, log, console);

  // Common sentences alone go out before the test is listed.
  TextAnswerFiles files(
      state_folder(args.state, ready.folder, intent.identity, kProbeFile, "verdict.json", args.resume), console);
  if (!files.probe(args.asking, kProbeFile)) return files.status();
  const bool again = fs::exists(files.folder() / "verdict.json");
  try {
    fit_to(files.probed(kProbeFile), args.test.test, choice, left_out);
  } catch (const Error&) {
    fs::remove(files.folder() / kProbeFile);  // it may answer better next time
    throw;
  }
  Listed test = listed(args, ready, choice, left_out, intent, again, log);
  if (!files.ask(args.asking, {test.asked.last.prompts, {}}, kLastFile)) return files.status();
  if (choice.rank && !files.ask(args.asking, {{}, test.asked.rank.items}, kRankFile)) return files.status();
  if (choice.rank && !ask_reference(test, files)) return files.status();
  return concluded(test, files.folder(), log, console);
}

void add_reference_options(CLI::App& app, VerifyTextArgs& args) {
  constexpr auto group = "Test";
  app.add_option("--reference", args.reference.suspect,
                 "a model known to be innocent: ranks are of how much likelier the suspect finds a sentence than it")
      ->type_name("DIR|URL|exec:PROGRAM")
      ->group(group);
  app.add_option("--compare", args.compare, "with --reference: difference or ratio of log-probabilities")
      ->check(CLI::IsMember({"difference", "ratio"}))
      ->capture_default_str()
      ->group(group);
  add_reference_api_options(app, args.reference.remote);
}

void add_limit_options(CLI::App& app, VerifyTextArgs& args) {
  constexpr auto group = "Asking";
  app.add_option("--max-requests", args.most_requests, "refuse to begin where more texts would be sent; 0: any number")
      ->type_name("N")
      ->group(group);
  app.add_option("--max-tokens", args.most_tokens, "the same of tokens, estimated as a third of the bytes")
      ->type_name("N")
      ->group(group);
  app.add_option("--provider", args.provider,
                 "who could learn from what the suspect is asked (default: the host of an address, else nobody)")
      ->type_name("NAME")
      ->group(group);
  app.add_option("--state", args.state, "folder of the answers (default: in the record)")
      ->type_name("DIR")
      ->group(group);
  app.add_flag("--resume", args.resume, "go on with a run that was stopped")->group(group);
  app.add_flag("-n,--dry-run", args.dry_run, "say how much would be asked, and ask nothing")->group(group);
}

/// What the reference model shares with the suspect, and who could learn from the questions.
void settle(VerifyTextArgs& args) {
  SuspectSource& suspect = args.asking.source;
  args.reference.device = suspect.device;
  args.reference.jobs = suspect.jobs;
  RemoteModel& remote = args.reference.remote;
  remote.rate = suspect.remote.rate;
  remote.seconds = suspect.remote.seconds;
  remote.retries = suspect.remote.retries;
  if (args.provider.empty()) args.provider = provider_of(suspect.suspect);
}

}  // namespace

void declare_verify_text(CLI::App& app, Action& action) {
  auto args = std::make_shared<VerifyTextArgs>();
  args->asking.source.jobs = default_jobs();
  app.add_option("--suspect", args->asking.source.suspect,
                 "the language model: a folder with a checkpoint, http(s)://ADDRESS, or exec:PROGRAM")
      ->required()
      ->type_name("DIR|URL|exec:PROGRAM");
  app.add_option("--release", args->release, "the marked texts that were released")->type_name("OUT");
  app.add_option("--record", args->record, "their record (default: OUT.wardmark)")->type_name("DIR");
  add_key_options(app, args->key);
  add_text_test_options(app, args->test);
  add_reference_options(app, *args);
  add_text_asking_options(app, args->asking);
  add_limit_options(app, *args);
  app.add_option("--log", args->log, "list of all tests of this release (default: KEYFILE.RELEASE.tests)")
      ->type_name("FILE");
  app.add_option("--report", args->report, "write a page that says it in words and figures")->type_name("FILE.html");
  app.add_flag("--show-marks", args->show_marks, "let page and --json show the words of the released sentences");
  app.add_option("--disclose", args->disclose,
                 "write evidence from which others recompute the verdict; it holds the release's key")
      ->type_name("DIR");
  auto* blind = app.add_option("--blind", args->blind,
                               "ask nobody: write whole sets of sentences for an examiner, who is not told the draw; "
                               "--suspect examiner:NAME")
                    ->type_name("DIR");
  app.add_option("--answers", args->answers, "take the answers that an examiner left in what --blind wrote")
      ->check(CLI::ExistingDirectory)
      ->excludes(blind)
      ->type_name("DIR");
  app.add_flag("--exploratory", args->exploratory,
               "let the exit status say what was found, though no time stamps vouch for plan and release");
  app.footer("Exit status 0: evidence at the planned level; 1: none, or nothing that may be claimed.");
  action = [args](Console& console) {
    settle(*args);
    return verify_text(*args, console);
  };
}

}  // namespace wardmark
