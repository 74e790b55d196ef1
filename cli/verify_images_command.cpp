#include <CLI/CLI.hpp>
#include <algorithm>
#include <numeric>
#include <set>

#include "cli/command.h"
#include "cli/dataset_formats.h"
#include "cli/dataset_options.h"
#include "cli/engine.h"
#include "cli/fitting.h"
#include "cli/key_options.h"
#include "cli/method_options.h"
#include "cli/open_record.h"
#include "cli/protect_job.h"
#include "cli/query_job.h"
#include "cli/suspect_verdict.h"
#include "core/error.h"
#include "core/random.h"
#include "io/atomic_file.h"
#include "io/item_id.h"
#include "perturb/fit.h"
#include "verify/suspect_log.h"

namespace wardmark {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kFewestPictures = 20;

struct VerifyImagesArgs {
  std::string suspect, release, record, test;
  std::string labels = "folder", classes, suspect_classes, splits;
  std::string log, state;
  KeyOptions key;
  std::uint64_t queries = 0;
  double seconds = 600;
  std::uint64_t memory_mib = 0;
  bool resume = false;
  bool exploratory = false;
  std::string device = "auto";
  unsigned jobs = default_jobs();
};

/// The words of the suspect's command.
std::vector<std::string> command_of(const VerifyImagesArgs& args) {
  if (args.suspect.starts_with("exec:")) return {"/bin/sh", "-c", "exec " + args.suspect.substr(5)};
  if (!fs::exists(args.suspect)) throw Error(Code::input_missing, shown(args.suspect) + ": does not exist");
  if (!args.suspect.ends_with(".safetensors")) {
    throw Error(Code::usage, "--suspect " + shown(args.suspect) + ": no .safetensors file",
                "other models are asked through a program: --suspect 'exec:PROGRAM', see docs/suspect-protocol.md");
  }
  const auto engine = find_engine();
  if (!engine) {
    throw Error(Code::engine_missing, "a model of wardmark's own needs wardmark-nn, which is not installed",
                "install the package wardmark-nn");
  }
  return {engine->string(),         "suspect", fs::absolute(args.suspect).string(), "--device", args.device, "-j",
          std::to_string(args.jobs)};
}

/// What stands for the suspect in the list of tests: the weights themselves, or the command.
std::string identity_of(const VerifyImagesArgs& args) {
  if (args.suspect.starts_with("exec:")) return to_hex(digest(nullptr, "suspect-command", {bytes_of(args.suspect)}));
  const Bytes weights = read_file(args.suspect);
  return to_hex(digest(nullptr, "suspect-weights", {weights}));
}

/// The draw as protect() made it, from what entered it.
Draw draw_of(const OpenRecord& record, const ReleaseKeys& keys) {
  const ManifestHeader& header = record.manifest.header;
  const Plan& plan = record.plan;
  std::optional<std::string> beacon;
  if (header.draw == "beacon") beacon = header.beacon;
  if (plan.beacon.has_value() != beacon.has_value())
    throw Error(Code::record_altered, "plan and manifest disagree on the beacon");
  Draw draw = draw_release(keys.pool_root, plan.commitment_1, beacon, plan.test.pool,
                           static_cast<std::uint32_t>(plan.classes.size()));
  for (const ManifestItem& item : record.items) {
    const std::uint32_t c = plan.items.at(item.n).class_index;
    if (item.state == ItemState::protected_ && c != kNoClass && item.slot != draw.slots.at(c))
      throw Error(Code::record_altered, "the marks of the manifest are not those of the draw");
  }
  return draw;
}

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

struct Chosen {
  std::vector<std::pair<std::string, std::uint32_t>> pictures;
  std::string format;
  std::vector<std::string> splits;
  std::string identity;  ///< digest of ids and content
};

/// Reads the candidates, refuses files of the release, and takes as many of each class, by the order key.
class Choice {
 public:
  Choice(const VerifyImagesArgs& args, const OpenRecord& record, const Subkey& order, Console& console)
      : args_(args), plan_(record.plan), order_(order), console_(console) {
    for (const ManifestItem& item : record.items) {
      if (item.state != ItemState::protected_) continue;
      stored_.insert(item.output);
      content_.insert(item.output_content);
    }
  }

  Chosen choose() {
    const std::unique_ptr<DatasetReader> reader = open();
    const std::vector<Item>& items = reader->survey().items;
    std::vector<std::vector<std::size_t>> by_class(plan_.classes.size());
    std::size_t foreign = 0;
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (!items[i].protect) continue;
      const auto at = std::ranges::find(plan_.classes, items[i].label, &PlanClass::name);
      if (at == plan_.classes.end()) {
        ++foreign;
      } else {
        by_class[static_cast<std::size_t>(at - plan_.classes.begin())].push_back(i);
      }
    }
    if (foreign > 0) console_.warn(counted(foreign, "test picture") + " of no class of the release left out");
    const std::size_t each = size_of_class(by_class);
    for (std::size_t c = 0; c < by_class.size(); ++c) take(*reader, by_class[c], each, static_cast<std::uint32_t>(c));
    chosen_.identity = to_hex(digest(nullptr, "test-pictures", {bytes_of(seen_)}));
    return chosen_;
  }

 private:
  std::unique_ptr<DatasetReader> open() {
    DatasetOptions options;
    options.labels = parse_label_source(args_.labels);
    options.class_names = args_.classes;
    options.splits = args_.splits.empty() ? std::vector<std::string>{"train"} : split_list(args_.splits);
    const DatasetFormat& format = dataset_format_for(args_.test, options);
    if (format.name == "npz" && args_.splits.empty()) options.splits = {"test"};
    chosen_.format = format.name;
    chosen_.splits = options.splits;
    return format.open(args_.test, options);
  }

  std::size_t size_of_class(const std::vector<std::vector<std::size_t>>& by_class) const {
    std::size_t each = plan_.test.images_per_class;
    for (std::size_t c = 0; c < by_class.size(); ++c) {
      if (by_class[c].empty()) {
        throw Error(Code::no_test, "no test picture of class " + printable(plan_.classes[c].name),
                    "every class of the release needs clean pictures");
      }
      each = std::min(each, by_class[c].size());
    }
    const std::uint64_t cells = std::uint64_t{plan_.test.pool} * by_class.size();
    if (args_.queries > 0) each = std::min<std::size_t>(each, args_.queries / (cells * by_class.size()));
    if (each * by_class.size() < kFewestPictures) {
      throw Error(Code::no_test,
                  "only " + std::to_string(each * by_class.size()) + " test pictures with as many of each class, not " +
                      std::to_string(kFewestPictures),
                  "give more pictures, or more --queries: " + std::to_string(cells * kFewestPictures) + " at least");
    }
    return each;
  }

  void take(const DatasetReader& reader, const std::vector<std::size_t>& items, std::size_t each, std::uint32_t c) {
    Stream stream(order_, "test-pictures", std::to_string(c));
    std::size_t taken = 0;
    for (const std::uint32_t k : stream.permutation(static_cast<std::uint32_t>(items.size()))) {
      if (taken == each) return;
      const Item& item = reader.survey().items[items[k]];
      const Bytes stored = reader.fetch(items[k]);
      const Digest content = content_digest(reader.decode(items[k], stored).image);
      if (stored_.contains(output_digest(stored)) || content_.contains(content)) {
        throw Error(Code::test_marked, shown(item.id) + ": is a picture of the release",
                    "test with originals, or with pictures that were never released");
      }
      seen_ += to_hex(content);
      chosen_.pictures.emplace_back(item.id, c);
      ++taken;
    }
  }

  const VerifyImagesArgs& args_;
  const Plan& plan_;
  const Subkey& order_;
  Console& console_;
  std::set<Digest> stored_, content_;
  std::string seen_;
  Chosen chosen_;
};

/// The state of a fitted method that is no secret of the draw: where the mask lies.
Bytes mask_alone(const RecordFolder& folder, const ReleaseKeys& keys) {
  const auto fit = recorded_fit(folder, keys);
  if (!fit || fit->salience.empty()) return {};
  FitState mask;
  mask.method = fit->method;
  mask.salience = fit->salience;
  return write_fit_state(mask);
}

std::vector<std::string> label_lines(const std::string& file) {
  if (file.empty()) return {};
  const Bytes bytes = read_file(file);
  std::vector<std::string> lines;
  std::string_view text = text_of(ByteView(bytes));
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.emplace_back(line);
    text.remove_prefix(std::min(text.size(), end + 1));
  }
  return lines;
}

QueryJob job_of(const VerifyImagesArgs& args, const Plan& plan, const ReleaseKeys& keys, const Chosen& chosen,
                const fs::path& state) {
  QueryJob job;
  job.method = plan.method;
  job.parameters = plan.parameters;
  job.output = plan.output;
  for (const PlanClass& c : plan.classes) job.classes.push_back(c.name);
  job.items = plan.items.size();
  for (std::uint32_t j = 0; j < plan.test.pool; ++j) job.pool.push_back(pool_key(keys.pool_root, j));
  job.data = fs::absolute(args.test).string();
  job.format = chosen.format;
  job.labels = args.labels;
  job.class_names = args.classes;
  job.splits = chosen.splits;
  job.pictures = chosen.pictures;
  job.suspect = command_of(args);
  job.suspect_labels = label_lines(args.suspect_classes);
  job.limits = {args.seconds, args.memory_mib};
  job.jobs = args.jobs;
  job.journal = (state / "queries.jsonl").string();
  job.table = (state / "answers.json").string();
  return job;
}

std::vector<std::string> style_words(const Console& console) {
  std::vector<std::string> words = {"--progress", console.style().progress, "--color", console.style().color};
  if (console.style().quiet) words.emplace_back("-q");
  if (console.style().verbose) words.emplace_back("-v");
  return words;
}

fs::path state_folder(const VerifyImagesArgs& args, const RecordFolder& folder, const std::string& identity) {
  const fs::path state =
      args.state.empty() ? folder.path() / ("suspect-" + identity.substr(0, 12)) : fs::path(args.state);
  if (fs::exists(state / "queries.jsonl") && !args.resume && !fs::exists(state / "answers.json")) {
    throw Error(Code::output_exists, state.string() + ": holds answers of a run that was stopped",
                "--resume goes on with it and asks nothing twice");
  }
  fs::create_directories(state);
  fs::permissions(state, fs::perms::owner_all);
  return state;
}

/// A list for each release, so that its keyed hashes need the release's key alone.
fs::path log_path(const VerifyImagesArgs& args, const std::string& release) {
  if (!args.log.empty()) return args.log;
  if (args.key.file.empty() || args.key.file == "-") {
    throw Error(Code::usage, "--log: where the list of tests lies must be said when the key is no file",
                "name the same file for every test of this release");
  }
  return args.key.file + "." + release.substr(0, 12) + ".tests";
}

ExitStatus verify_images(const VerifyImagesArgs& args, Console& console) {
  const OwnerKey key = load_key(args.key, console);
  const RecordFolder folder = record_of(args.record, args.release);
  const OpenRecord record = open_record(folder, key);
  const Plan& plan = record.plan;
  const MethodInfo& method = find_method(plan.method);
  check_testable(plan, method);
  const ReleaseKeys keys = release_keys(plan, key);
  const Subkey order = keys.pool_root.derive("query-order");
  const Chosen chosen = Choice(args, record, order, console).choose();

  TestIntent intent{to_hex(ByteView(plan.id)), args.suspect, {}, plan.test.alpha / plan.test.suspects};
  intent.identity = to_hex(digest(
      nullptr, "test",
      {bytes_of(identity_of(args)), bytes_of(chosen.identity), bytes_of("shortcut labels " + args.suspect_classes)}));
  SuspectLog log(log_path(args, intent.release), keys.mac.derive("suspect-log"));
  const fs::path state = state_folder(args, folder, intent.identity);
  const std::uint32_t number = log.begin(intent, plan.test.suspects);

  QueryJob job = job_of(args, plan, keys, chosen, state);
  job.order = order;
  job.fit = mask_alone(folder, keys);
  if (!fs::exists(job.table)) {
    const int status = run_query_process(job, style_words(console));
    if (status != 0) return static_cast<ExitStatus>(status);
  }
  const Bytes text = read_file(job.table);
  const QueryAnswers answers = parse_query_answers(text_of(ByteView(text)));

  // Only now is the draw opened.
  const Draw draw = draw_of(record, keys);
  DrawnMarks marks{draw.pool_index, draw.slots, {}};
  const std::vector<std::uint32_t> meant = classes_of(answers.suspect.labels, job.classes);
  for (std::uint32_t c = 0; c < job.classes.size(); ++c) {
    if (std::ranges::find(meant, c) != meant.end()) marks.classes.push_back(c);
  }
  if (marks.classes.size() < 2) {
    throw Error(Code::no_test,
                "the suspect names " + std::to_string(marks.classes.size()) + " of the release's classes",
                "--suspect-classes FILE says what its answers mean, one a line");
  }
  Verdict verdict;
  verdict.release = intent.release;
  verdict.suspect = args.suspect;
  verdict.method = plan.method;
  const Subkey seed = draw.coins.derive("shortcut-test", {std::to_string(number)});
  verdict.result = shortcut_test(answers.table, marks, seed);
  verdict.detectable = detectable_effect(answers.table, marks, intent.level, seed);
  verdict.pool = plan.test.pool;
  verdict.classes = answers.table.classes();
  verdict.known = static_cast<std::uint32_t>(marks.classes.size());
  verdict.queries = answers.queries;
  verdict.pictures = chosen.pictures.size();
  verdict.level = intent.level;
  verdict.number = number;
  verdict.tests = plan.test.suspects;
  verdict.beacon = plan.beacon.has_value();
  verdict.exploratory = args.exploratory;
  verdict.table = answers.table.hash();
  log.conclude(intent, verdict.table, verdict.result.p);
  console.result(console.style().json ? verdict_json(verdict) : verdict_text(verdict));
  return verdict.evidence() && args.exploratory ? ExitStatus::ok : ExitStatus::negative;
}

}  // namespace

void declare_verify_images(CLI::App& app, Action& action) {
  auto args = std::make_shared<VerifyImagesArgs>();
  app.add_option("--suspect", args->suspect, "the model: a .safetensors file of `wardmark train`, or exec:PROGRAM")
      ->required()
      ->type_name("FILE|exec:PROGRAM");
  app.add_option("--release", args->release, "the released folder or file")->type_name("OUT");
  app.add_option("--record", args->record, "its record (default: OUT.wardmark)")->type_name("DIR");
  add_key_options(app, args->key);
  constexpr auto pictures = "Pictures";
  app.add_option("--test", args->test,
                 "clean pictures with classes: originals, or others like them; none of the release")
      ->required()
      ->type_name("DATA")
      ->group(pictures);
  app.add_option("--labels", args->labels, "where their classes come from: folder[:first|leaf|N], a CSV or JSON file")
      ->type_name("SOURCE")
      ->capture_default_str()
      ->group(pictures);
  app.add_option("--classes", args->classes, "file with the names of integer labels, one a line")
      ->type_name("FILE")
      ->group(pictures);
  app.add_option("--splits", args->splits, "arrays of an .npz to take (default: test)")
      ->type_name("LIST")
      ->group(pictures);
  app.add_option("--queries", args->queries, "ask no more than this (default: as many as the plan's pictures need)")
      ->type_name("Q")
      ->group(pictures);
  constexpr auto asking = "Asking";
  app.add_option("--suspect-classes", args->suspect_classes, "file that names the suspect's answers, one a line")
      ->type_name("FILE")
      ->group(asking);
  app.add_option("--suspect-seconds", args->seconds, "longest wait for an answer")
      ->check(CLI::Range(0.1, 86400.0))
      ->capture_default_str()
      ->group(asking);
  app.add_option("--suspect-memory", args->memory_mib, "address space of the suspect in MiB; 0: no limit")
      ->type_name("MIB")
      ->capture_default_str()
      ->group(asking);
  app.add_option("--device", args->device, "where a model of wardmark's own computes: auto, cpu or gpu")
      ->check(CLI::IsMember({"auto", "cpu", "gpu"}))
      ->capture_default_str()
      ->group(asking);
  app.add_option("--state", args->state, "folder of the answers (default: in the record)")
      ->type_name("DIR")
      ->group(asking);
  app.add_flag("--resume", args->resume, "go on with a run that was stopped")->group(asking);
  app.add_option("-j,--jobs", args->jobs, "threads")->check(CLI::Range(1, 4096))->capture_default_str()->group(asking);
  app.add_option("--log", args->log, "list of all tests of this release (default: KEYFILE.RELEASE.tests)")
      ->type_name("FILE");
  app.add_flag("--exploratory", args->exploratory,
               "let the exit status say what was found, though no time stamp vouches for the plan");
  app.footer("Exit status 0: evidence at the planned level; 1: none, or nothing that may be claimed.");
  action = [args](Console& console) { return verify_images(*args, console); };
}

}  // namespace wardmark
