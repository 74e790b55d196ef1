#include <CLI/CLI.hpp>
#include <map>

#include "cli/calibration_table.h"
#include "cli/command.h"
#include "cli/dataset_formats.h"
#include "cli/dataset_options.h"
#include "cli/method_options.h"
#include "cli/release_options.h"
#include "cli/scratch_folder.h"
#include "cli/stop_signal.h"
#include "cli/study_options.h"
#include "cli/suspect_source.h"
#include "core/error.h"
#include "core/random.h"
#include "verify/calibration.h"
#include "verify/child_suspect.h"
#include "verify/query_run.h"

namespace wardmark {
namespace {

namespace fs = std::filesystem;

struct CalibrateArgs {
  std::vector<std::string> suspects;
  InputArgs test;
  MethodArgs method;
  std::uint32_t pool = 50;
  std::uint32_t each = 10;
  std::uint64_t trials = 100;
  std::string seed = "1";
  std::string table;
  SuspectSource source;  ///< how all of them are started
};

SuspectSource source_of(const CalibrateArgs& args, const std::string& suspect) {
  SuspectSource source = args.source;
  source.suspect = suspect;
  return source;
}

/// Pictures by class, in memory: every trial draws its own of them.
struct Candidates {
  std::vector<std::string> classes;
  std::vector<TestPicture> pictures;
  std::vector<std::vector<std::uint32_t>> by_class;
};

Candidates read_candidates(const CalibrateArgs& args) {
  DatasetOptions options = dataset_options(args.test);
  options.study = study_options(output_settings(args.method, "same", "train"), chosen_method(args.method));
  options.study.looking = true;
  options.jobs = args.source.jobs;
  const DatasetFormat& format = dataset_format_for(args.test.input, options);
  const auto reader = format.open(args.test.input, options);
  const std::vector<Item>& items = reader->survey().items;
  Candidates found;
  std::map<std::string, std::vector<std::size_t>> by_name;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (items[i].protect && !items[i].label.empty()) by_name[items[i].label].push_back(i);
  }
  for (const auto& [name, places] : by_name) {
    std::vector<std::uint32_t> numbers;
    for (const std::size_t i : places) {
      numbers.push_back(static_cast<std::uint32_t>(found.pictures.size()));
      const auto c = static_cast<std::uint32_t>(found.classes.size());
      found.pictures.push_back(test_picture(items[i].id, c, reader->decode(i, reader->fetch(i))));
    }
    found.classes.push_back(name);
    found.by_class.push_back(std::move(numbers));
  }
  if (found.classes.size() < 2) throw Error(Code::no_test, "the test pictures are of fewer than two classes");
  return found;
}

std::vector<CalibrationColumn> columns() {
  std::vector<CalibrationColumn> columns;
  for (std::size_t k = 0; k < kProcedures; ++k) {
    const auto procedure = static_cast<Procedure>(k);
    columns.push_back({std::string(name(procedure)), is_fault(procedure)});
  }
  return columns;
}

/// Asks one suspect about fresh pools.
class Calibrator {
 public:
  Calibrator(const CalibrateArgs& args, const Candidates& candidates, const std::string& suspect, const fs::path& work)
      : args_(args),
        candidates_(candidates),
        method_(chosen_method(args.method)),
        parameters_(chosen_parameters(args.method, method_)),
        suspect_(start_suspect(suspect_command(source_of(args, suspect), work), work, {})),
        work_(work) {
    budget_ = budget_of(output_settings(args.method, "same", "train"), method_);
  }

  CalibrationTrial run(const Subkey& key, const std::atomic<bool>& stop, Console& console, bool& whole) {
    QueryInput input;
    input.method = &method_;
    input.parameters = parameters_;
    input.budget = budget_;
    input.classes = candidates_.classes;
    input.items = candidates_.pictures.size();
    const Subkey pool_root = key.derive("pool");
    for (std::uint32_t j = 0; j < args_.pool; ++j) input.pool.push_back(pool_key(pool_root, j));
    input.order = key.derive("order");
    std::vector<std::uint32_t> of_class;
    for (std::uint32_t c = 0; c < candidates_.by_class.size(); ++c) {
      const std::vector<std::uint32_t>& from = candidates_.by_class[c];
      Stream stream(input.order, "test-pictures", std::to_string(c));
      const auto places = stream.permutation(static_cast<std::uint32_t>(from.size()));
      for (std::size_t n = 0; n < std::min<std::size_t>(args_.each, from.size()); ++n) {
        input.pictures.push_back(candidates_.pictures[from[places[n]]]);
        of_class.push_back(c);
      }
    }
    const fs::path journal = work_ / "queries.jsonl";
    fs::remove(journal);
    QueryRun query(input, *suspect_, journal);
    whole = query.run(args_.source.jobs, stop, console);
    if (!whole) return {};
    const auto meant = classes_of(suspect_->hello().labels, input.classes);
    return calibration_trial(query.order(), query.answers(), of_class, meant, key.derive("draw"));
  }

 private:
  const CalibrateArgs& args_;
  const Candidates& candidates_;
  const MethodInfo& method_;
  Parameters parameters_;
  Budget budget_;
  std::unique_ptr<Suspect> suspect_;
  fs::path work_;
};

ExitStatus calibrate_command(const CalibrateArgs& args, Console& console) {
  const StopSignal stop;
  const Candidates candidates = read_candidates(args);
  CalibrationTable table(columns(), args.table);
  const ScratchFolder work(fs::temp_directory_path());
  bool whole = true;
  for (const std::string& suspect : args.suspects) {
    std::optional<Calibrator> calibrator;
    for (std::uint64_t trial = 0; trial < args.trials && whole; ++trial) {
      if (table.has(suspect, trial)) continue;
      if (!calibrator) calibrator.emplace(args, candidates, suspect, work.path());
      const Digest key = digest(
          nullptr, "calibration",
          {bytes_of(args.seed), bytes_of(suspect_identity(source_of(args, suspect))), bytes_of(std::to_string(trial))});
      const CalibrationTrial p = calibrator->run(Subkey(key), stop.requested(), console, whole);
      if (!whole) break;
      table.add({suspect, trial, {p.begin(), p.end()}});
    }
  }
  console.end_progress();
  if (!whole) {
    console.say("stopped early; the same command with the same --table continues");
    return ExitStatus::stopped;
  }
  return table.report(console) ? ExitStatus::ok : ExitStatus::negative;
}

}  // namespace

void declare_verify_calibrate(CLI::App& app, Action& action) {
  auto args = std::make_shared<CalibrateArgs>();
  args->source.jobs = default_jobs();
  app.add_option("--suspect", args->suspects, "innocent models, as in `verify images`; may be repeated")
      ->required()
      ->allow_extra_args(false)
      ->type_name("FILE|exec:PROGRAM");
  add_foreign_options(app, "suspect-", args->source.foreign);
  add_input_options(app, args->test);
  add_method_options(app, args->method);
  app.add_option("--pool", args->pool, "candidate keys of a trial")
      ->check(CLI::Range(1, 100000))
      ->capture_default_str();
  app.add_option("--each", args->each, "test pictures a class")->check(CLI::Range(1, 100000))->capture_default_str();
  app.add_option("--trials", args->trials, "fresh pools a suspect")
      ->check(CLI::Range(1, 1000000))
      ->capture_default_str();
  app.add_option("--seed", args->seed, "what the keys follow from")->type_name("TEXT")->capture_default_str();
  app.add_option("--table", args->table, "rows that are there are not tried again; new ones are added")
      ->type_name("FILE.tsv");
  app.add_option("--device", args->source.device, "where a model in a file computes: auto, cpu or gpu")
      ->check(CLI::IsMember({"auto", "cpu", "gpu"}))
      ->capture_default_str();
  app.add_option("-j,--jobs", args->source.jobs, "threads")->check(CLI::Range(1, 4096))->capture_default_str();
  app.footer(
      "INPUT holds clean test pictures with classes. Exit status 0: the figures are those of a right test and every "
      "planted fault is found out; 1: not, or too few trials to tell.");
  action = [args](Console& console) {
    resolve_preset(args->method);
    return calibrate_command(*args, console);
  };
}

}  // namespace wardmark
