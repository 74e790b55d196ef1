#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>

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
#include "io/atomic_file.h"
#include "io/item_id.h"
#include "verify/calibration.h"
#include "verify/child_suspect.h"
#include "verify/query_run.h"

namespace wardmark {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

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

/// One row of the table: what was tried and what came of it.
struct Row {
  std::string suspect;
  std::uint64_t trial = 0;
  CalibrationTrial p{};
};

std::string heading() {
  std::string line = "suspect\ttrial";
  for (std::size_t k = 0; k < kProcedures; ++k) line += "\t" + std::string(name(static_cast<Procedure>(k)));
  return line + "\n";
}

std::string line_of(const Row& row) {
  std::string line = row.suspect + "\t" + std::to_string(row.trial);
  for (const double p : row.p) {
    char text[32];
    std::snprintf(text, sizeof text, "\t%.9g", p);
    line += text;
  }
  return line + "\n";
}

std::vector<Row> read_rows(const std::string& table) {
  std::vector<Row> rows;
  if (table.empty() || !fs::exists(table)) return rows;
  const Bytes bytes = read_file(table);
  std::string_view text = text_of(ByteView(bytes));
  if (!text.starts_with(heading())) {
    throw Error(Code::record_format, shown(table) + ": is no table of a calibration", "name another --table");
  }
  text.remove_prefix(heading().size());
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) break;
    std::istringstream line{std::string(text.substr(0, end))};
    Row row;
    std::getline(line, row.suspect, '\t');
    line >> row.trial;
    for (double& p : row.p) line >> p;
    if (!line) throw Error(Code::record_format, shown(table) + ": a line is damaged");
    rows.push_back(std::move(row));
    text.remove_prefix(end + 1);
  }
  return rows;
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

std::vector<double> column(const std::vector<Row>& rows, Procedure procedure, const std::string& suspect = {}) {
  std::vector<double> p;
  for (const Row& row : rows) {
    if (suspect.empty() || row.suspect == suspect) p.push_back(row.p[static_cast<std::size_t>(procedure)]);
  }
  return p;
}

std::string text_line(const std::string& what, const Calibration& c, std::string_view verdict) {
  char text[256];
  std::snprintf(text, sizeof text, "%-28s %6llu %6llu (%llu) %6llu (%llu)   %.4f (%.4f)  ", what.c_str(),
                static_cast<unsigned long long>(c.trials), static_cast<unsigned long long>(c.levels[0].found),
                static_cast<unsigned long long>(c.levels[0].most), static_cast<unsigned long long>(c.levels[1].found),
                static_cast<unsigned long long>(c.levels[1].most), c.distance, c.most_distance);
  return text + std::string(verdict) + "\n";
}

json json_of(const std::string& what, const Calibration& c) {
  return {{"what", what},
          {"trials", c.trials},
          {"at_005", c.levels[0].found},
          {"most_005", c.levels[0].most},
          {"at_001", c.levels[1].found},
          {"most_001", c.levels[1].most},
          {"distance", c.distance},
          {"most_distance", c.most_distance},
          {"holds", c.holds()}};
}

/// Prints the figures; whether the test holds and every fault is found out.
bool report(const std::vector<Row>& rows, Console& console) {
  bool good = true;
  json all = json::array(), each = json::array();
  std::string text = "                             trials  p<=0.05 (at most)  p<=0.01 (at most)  distance (at most)\n";
  for (std::size_t k = 0; k < kProcedures; ++k) {
    const auto procedure = static_cast<Procedure>(k);
    const Calibration c = calibrate(column(rows, procedure));
    const bool as_it_must_be = c.holds() != is_fault(procedure);
    good = good && as_it_must_be;
    const char* verdict = c.holds() ? (is_fault(procedure) ? "NOT FOUND OUT" : "holds")
                                    : (is_fault(procedure) ? "found out, as it must be" : "REJECTED");
    text += text_line((is_fault(procedure) ? "fault: " : "") + std::string(name(procedure)), c, verdict);
    all.push_back(json_of(std::string(name(procedure)), c));
  }
  std::vector<std::string> suspects;
  for (const Row& row : rows) {
    if (std::ranges::find(suspects, row.suspect) == suspects.end()) suspects.push_back(row.suspect);
  }
  for (const std::string& suspect : suspects) {
    const Calibration c = calibrate(column(rows, Procedure::proper, suspect));
    text += text_line(printable(suspect), c, c.holds() ? "holds" : "above");
    each.push_back(json_of(suspect, c));
  }
  text += good ? "the test leaves innocent models alone, and every planted fault is found out\n"
               : "the figures are not those of a right test, or there are too few trials to find the faults out\n";
  console.result(
      console.style().json
          ? json{{"schema", "wardmark.calibration/1"}, {"holds", good}, {"procedures", all}, {"suspects", each}}.dump(
                -1, ' ', false, json::error_handler_t::replace) +
                "\n"
          : text);
  return good;
}

ExitStatus calibrate_command(const CalibrateArgs& args, Console& console) {
  const StopSignal stop;
  const Candidates candidates = read_candidates(args);
  std::vector<Row> rows = read_rows(args.table);
  const ScratchFolder work(fs::temp_directory_path());
  std::optional<AppendFile> table;
  if (!args.table.empty()) {
    if (!fs::exists(args.table)) write_file(args.table, bytes_of(heading()));
    std::uint64_t size = heading().size();
    for (const Row& row : rows) size += line_of(row).size();
    table.emplace(args.table, size, 0644);
  }
  bool whole = true;
  for (const std::string& suspect : args.suspects) {
    std::optional<Calibrator> calibrator;
    for (std::uint64_t trial = 0; trial < args.trials && whole; ++trial) {
      const auto done = [&](const Row& row) { return row.suspect == suspect && row.trial == trial; };
      if (std::ranges::any_of(rows, done)) continue;
      if (!calibrator) calibrator.emplace(args, candidates, suspect, work.path());
      const Digest key = digest(
          nullptr, "calibration",
          {bytes_of(args.seed), bytes_of(suspect_identity(source_of(args, suspect))), bytes_of(std::to_string(trial))});
      Row row{suspect, trial, calibrator->run(Subkey(key), stop.requested(), console, whole)};
      if (!whole) break;
      if (table) table->append(bytes_of(line_of(row)));
      rows.push_back(std::move(row));
    }
  }
  console.end_progress();
  if (!whole) {
    console.say("stopped early; the same command with the same --table continues");
    return ExitStatus::stopped;
  }
  return report(rows, console) ? ExitStatus::ok : ExitStatus::negative;
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
