#include <CLI/CLI.hpp>
#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/judgement.h"
#include "cli/key_options.h"
#include "cli/open_record.h"
#include "cli/protect_job.h"
#include "cli/suspect_source.h"
#include "cli/suspect_state.h"
#include "cli/text_exposure.h"
#include "cli/text_judgement.h"
#include "cli/text_options.h"
#include "core/error.h"
#include "io/atomic_file.h"
#include "io/item_id.h"

namespace wardmark {
namespace {

namespace fs = std::filesystem;

struct VerifyTextArgs {
  SuspectSource suspect, reference;
  std::string release, record, compare = "difference", provider;
  TextTestArgs test;
  std::size_t batch = 16;
  std::uint64_t most_requests = 0, most_tokens = 0;
  std::string log, state, report;
  KeyOptions key;
  SuspectLimits limits;
  bool resume = false, exploratory = false, show_marks = false, dry_run = false;
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

/// What a run will ask, at most. Tokens are estimated as a third of the bytes.
struct Totals {
  std::uint64_t prompts = 0, items = 0, tokens = 0;
  std::uint64_t requests() const { return prompts + items; }
};

Totals totals_of(const TextAsked& asked) {
  Totals totals{asked.last.prompts.size(), asked.rank.items.size(), 0};
  for (const TextPrompt& prompt : asked.last.prompts) totals.tokens += prompt.text.size() / 3 + 1 + prompt.tokens;
  for (const TextItem& item : asked.rank.items) totals.tokens += (item.context.size() + item.text.size()) / 3 + 1;
  return totals;
}

void check_totals(const VerifyTextArgs& args, const Totals& totals) {
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

ExitStatus show_totals(const VerifyTextArgs& args, const TextAsked& asked, const Totals& totals, Console& console) {
  if (console.style().json) {
    console.result(nlohmann::json{{"schema", "wardmark.verify-text-plan/1"},
                                  {"sentences", asked.subjects.size()},
                                  {"prompts", totals.prompts},
                                  {"items", totals.items},
                                  {"requests", totals.requests()},
                                  {"tokens", totals.tokens},
                                  {"reference", !args.reference.suspect.empty()}}
                       .dump() +
                   "\n");
    return ExitStatus::ok;
  }
  console.result("would ask about " + counted(asked.subjects.size(), "sentence") + ": " +
                 counted(totals.prompts, "beginning") + " to continue, " + counted(totals.items, "text") +
                 " to score; at most " + counted(totals.requests(), "request") + " and about " +
                 counted(totals.tokens, "token") + "\n");
  return ExitStatus::ok;
}

/// Runs the phase that asks, in a process of its own, unless its file is whole already. False: it ended with `status`.
bool phase(const VerifyTextArgs& args, const SuspectSource& source, TextQuestions questions, const fs::path& state,
           const std::string& name, Console& console, ExitStatus& status) {
  TextJob job;
  job.suspect = suspect_command(source, state);
  job.limits = args.limits;
  job.batch = args.batch;
  (questions.size() == 0 ? job.result : job.journal) = (state / name).string();
  if (questions.size() == 0 && fs::exists(job.result)) return true;
  job.questions = std::move(questions);
  status = static_cast<ExitStatus>(run_query_process(format_text_job(job), style_words(console)));
  return status == ExitStatus::ok;
}

std::string text_of_file(const fs::path& file) {
  const Bytes bytes = read_file(file);
  return std::string(text_of(ByteView(bytes)));
}

/// Leaves out what a suspect can't answer. Error where nothing, or not what was asked for, is left.
void fit_to(const TextAbility& ability, const TextHello& hello, const std::string& test, TextChoice& choice,
            std::vector<std::string>& left_out) {
  const auto leave = [&](const std::string& name, bool says, const std::string& reason) {
    if (test != "auto") {
      throw Error(says ? Code::suspect_reply : Code::no_test, "suspect: " + reason + "; --test " + name + " needs it",
                  says ? "docs/suspect-protocol.md says what it has to answer" : "--test auto makes what can be made");
    }
    left_out.push_back(name + ": " + reason);
  };
  if (!ability.continues && !choice.last.empty()) {
    leave("last-k", hello.continues, ability.no_continuing);
    choice.last.clear();
  }
  if (!ability.scores && choice.rank) {
    leave("rank", hello.scores, ability.no_scoring);
    choice.rank = false;
  }
  if (choice.last.empty() && !choice.rank) {
    throw Error(Code::suspect_reply,
                "suspect: nothing it answers can be tested: " + ability.no_continuing + "; " + ability.no_scoring);
  }
}

TestIntent intent_of(const VerifyTextArgs& args, const Prepared& ready, const TextChoice& choice,
                     const TextAsked& asked) {
  const Plan& plan = ready.record.plan;
  TestIntent intent{to_hex(ByteView(plan.id)), args.suspect.suspect, {}, plan.test.alpha / plan.test.suspects};
  const std::string reference = choice.compare.empty() ? "" : choice.compare + suspect_identity(args.reference);
  const std::string prompts = identity_of({asked.last.prompts, {}}, {});
  const std::string items = identity_of({{}, asked.rank.items}, {});
  intent.identity = to_hex(
      digest(nullptr, "text-test",
             {bytes_of(suspect_identity(args.suspect)), bytes_of(reference), bytes_of(prompts), bytes_of(items)}));
  return intent;
}

/// The reference model shows what it can do too, then scores the same texts.
bool ask_reference(const VerifyTextArgs& args, const TextAsked& asked, const fs::path& state, TextEvidence& evidence,
                   Console& console, ExitStatus& status) {
  if (!phase(args, args.reference, {}, state, "reference-probe.json", console, status)) return false;
  const TextProbe probe = parse_text_probe(text_of_file(state / "reference-probe.json"));
  if (!probe.ability.scores) throw Error(Code::suspect_reply, "reference: " + probe.ability.no_scoring);
  evidence.reference = probe.hello;
  evidence.reference_name = args.reference.suspect;
  const TextQuestions questions{{}, asked.rank.items};
  if (!phase(args, args.reference, questions, state, "reference.jsonl", console, status)) return false;
  evidence.other = parse_text_journal(text_of_file(state / "reference.jsonl"),
                                      identity_of(questions, evidence.reference), questions);
  return true;
}

/// Asks everything: beginnings before any whole sentence, each phase in a process of its own.
bool ask_all(const VerifyTextArgs& args, const TextChoice& choice, const TextAsked& asked, const fs::path& state,
             TextEvidence& evidence, Console& console, ExitStatus& status) {
  if (!choice.last.empty()) {
    const TextQuestions questions{asked.last.prompts, {}};
    if (questions.size() > 0 && !phase(args, args.suspect, questions, state, "last.jsonl", console, status))
      return false;
    if (questions.size() > 0)
      evidence.last = parse_text_journal(text_of_file(state / "last.jsonl"),
                                         identity_of(questions, evidence.probe.hello), questions);
  }
  if (!choice.rank) return true;
  const TextQuestions questions{{}, asked.rank.items};
  if (!phase(args, args.suspect, questions, state, "rank.jsonl", console, status)) return false;
  evidence.rank =
      parse_text_journal(text_of_file(state / "rank.jsonl"), identity_of(questions, evidence.probe.hello), questions);
  return choice.compare.empty() || ask_reference(args, asked, state, evidence, console, status);
}

ExitStatus verify_text(const VerifyTextArgs& args, Console& console) {
  const Prepared ready = prepare(args, console);
  TextChoice choice = chosen_text_tests(args.test);
  if (!args.reference.suspect.empty()) choice.compare = args.compare;
  const TextAsked planned = text_asked(ready.record, ready.keys, ready.draw, choice, ready.hosts);
  const Totals totals = totals_of(planned);
  if (args.dry_run) return show_totals(args, planned, totals, console);
  check_totals(args, totals);
  const TestIntent intent = intent_of(args, ready, choice, planned);
  SuspectLog log(log_path(args.log, args.key.file, intent.release), ready.keys.mac.derive("suspect-log"));
  const fs::path state =
      state_folder(args.state, ready.folder, intent.identity, "probe.json", "verdict.json", args.resume);

  // Common sentences alone go out before the test is listed.
  ExitStatus status = ExitStatus::ok;
  if (!phase(args, args.suspect, {}, state, "probe.json", console, status)) return status;
  TextEvidence evidence;
  evidence.probe = parse_text_probe(text_of_file(state / "probe.json"));
  const bool made_again = fs::exists(state / "verdict.json");
  try {
    fit_to(evidence.probe.ability, evidence.probe.hello, args.test.test, choice, evidence.left_out);
  } catch (const Error&) {
    fs::remove(state / "probe.json");  // it may answer better next time
    throw;
  }
  const TextAsked asked = text_asked(ready.record, ready.keys, ready.draw, choice, ready.hosts);
  const Exposure exposure{intent, suspect_identity(args.suspect), args.provider};
  if (!made_again) check_exposure(exposure, choice, log.sent(intent.release));
  evidence.earlier = earlier_guesses(exposure, choice, log.sent(intent.release));
  const std::uint32_t number = log.begin(intent, ready.record.plan.test.suspects);
  note_exposure(exposure, choice, asked, log);
  if (choice.rank && !provider_of(args.reference.suspect).empty()) {
    log.note({intent.release, intent.identity, suspect_identity(args.reference), provider_of(args.reference.suspect), 0,
              0, choice.siblings + 1});
  }
  if (!ask_all(args, choice, asked, state, evidence, console, status)) return status;

  TextVerdict verdict = judged_text(ready.record, choice, asked, evidence, intent, number, ready.draw, args.show_marks);
  verdict.stamps = kept_stamps(ready.folder, commitments_of(ready.record));
  verdict.grade = grade_of(ready.record.plan.beacon, verdict.stamps);
  verdict.exploratory = args.exploratory;
  log.conclude(intent, verdict.table, verdict.p());
  write_file(state / "verdict.json", bytes_of(text_verdict_json(verdict)), 0600);
  console.result(console.style().json ? text_verdict_json(verdict) : text_verdict_text(verdict));
  if (!args.report.empty()) write_file(args.report, bytes_of(text_verdict_page(verdict)), 0600);
  return verdict.evidence() && (verdict.grade != Grade::C || args.exploratory) ? ExitStatus::ok : ExitStatus::negative;
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
}

void add_asking_options(CLI::App& app, VerifyTextArgs& args) {
  constexpr auto group = "Asking";
  app.add_option("--suspect-seconds", args.limits.seconds, "longest wait for an answer")
      ->check(CLI::Range(0.1, 86400.0))
      ->capture_default_str()
      ->group(group);
  app.add_option("--suspect-memory", args.limits.memory_mib, "address space of the suspect in MiB; 0: no limit")
      ->type_name("MIB")
      ->capture_default_str()
      ->group(group);
  app.add_option("--device", args.suspect.device, "where a model in a folder computes: auto, cpu or gpu")
      ->check(CLI::IsMember({"auto", "cpu", "gpu"}))
      ->capture_default_str()
      ->group(group);
  app.add_option("-j,--jobs", args.suspect.jobs, "threads of a model in a folder")
      ->check(CLI::Range(1, 4096))
      ->capture_default_str()
      ->group(group);
  app.add_option("--batch", args.batch, "texts a request at most")
      ->check(CLI::Range(1, 4096))
      ->type_name("N")
      ->capture_default_str()
      ->group(group);
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

}  // namespace

void declare_verify_text(CLI::App& app, Action& action) {
  auto args = std::make_shared<VerifyTextArgs>();
  args->suspect.jobs = default_jobs();
  app.add_option("--suspect", args->suspect.suspect,
                 "the language model: a folder with a checkpoint, http(s)://ADDRESS, or exec:PROGRAM")
      ->required()
      ->type_name("DIR|URL|exec:PROGRAM");
  app.add_option("--release", args->release, "the marked texts that were released")->type_name("OUT");
  app.add_option("--record", args->record, "their record (default: OUT.wardmark)")->type_name("DIR");
  add_key_options(app, args->key);
  add_text_test_options(app, args->test);
  add_reference_options(app, *args);
  add_asking_options(app, *args);
  add_remote_options(app, args->suspect.remote);
  add_api_options(app, args->suspect.remote);
  app.add_option("--log", args->log, "list of all tests of this release (default: KEYFILE.RELEASE.tests)")
      ->type_name("FILE");
  app.add_option("--report", args->report, "write a page that says it in words and figures")->type_name("FILE.html");
  app.add_flag("--show-marks", args->show_marks, "let page and --json show the words of the released sentences");
  app.add_flag("--exploratory", args->exploratory,
               "let the exit status say what was found, though no time stamps vouch for plan and release");
  app.footer("Exit status 0: evidence at the planned level; 1: none, or nothing that may be claimed.");
  action = [args](Console& console) {
    args->reference.device = args->suspect.device;
    args->reference.jobs = args->suspect.jobs;
    if (args->provider.empty()) args->provider = provider_of(args->suspect.suspect);
    return verify_text(*args, console);
  };
}

}  // namespace wardmark
