#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <optional>

#include "cli/calibration_table.h"
#include "cli/command.h"
#include "cli/protect_job.h"
#include "cli/scratch_folder.h"
#include "cli/stop_signal.h"
#include "cli/text_asking.h"
#include "cli/text_corpus.h"
#include "cli/text_test.h"
#include "core/error.h"
#include "core/random.h"
#include "verify/text_calibration.h"

namespace wardmark {
namespace {

namespace fs = std::filesystem;

struct CalibrateTextArgs {
  TextCorpusArgs corpus;
  std::vector<std::string> suspects;
  TextAsking asking;
  std::uint32_t sentences = 8, siblings = 9, contexts = 2;
  std::size_t context_bytes = 300;
  std::uint64_t pools = 200;
  std::string seed = "1", table;
};

std::vector<CalibrationColumn> columns() {
  std::vector<CalibrationColumn> columns;
  for (std::size_t k = 0; k < kTextProcedures; ++k) {
    const auto procedure = static_cast<TextProcedure>(k);
    columns.push_back({std::string(name(procedure)), is_fault(procedure)});
  }
  return columns;
}

/// Beginnings of documents, which sentences are asked behind.
std::vector<std::string> beginnings(const CalibrateTextArgs& args, Report& report) {
  std::vector<std::string> found;
  each_document_of(
      args.corpus,
      [&](std::string_view text) {
        text = text.substr(0, args.context_bytes);
        const std::size_t space = text.find_last_of(" \n");
        if (space != std::string_view::npos && space > 0) found.emplace_back(text.substr(0, space + 1));
      },
      report);
  if (found.empty()) throw Error(Code::input_empty, args.corpus.path + ": no document of two words");
  return found;
}

/// Asks one suspect about fresh pools.
class TextCalibrator {
 public:
  TextCalibrator(const CalibrateTextArgs& args, const std::vector<std::string>& documents, const std::string& suspect,
                 const fs::path& work)
      : args_(args), documents_(documents) {
    SuspectSource source = args.asking.source;
    source.suspect = suspect;
    suspect_ = start_text_suspect(suspect_command(source, work), args.asking.limits);
    const TextAbility ability = probe(*suspect_);
    if (!ability.scores) throw Error(Code::suspect_reply, suspect + ": " + ability.no_scoring);
    recipe_.list = &find_wordlist("eff-large");
    recipe_.templates = default_templates();
    recipe_.sentences = args.sentences;
  }

  /// Sentences, their siblings and the draw are made as of a release; the suspect is asked as by `verify text`.
  std::vector<double> run(const Subkey& key) {
    const GhostSentences book(recipe_, key.derive("pool"));
    Draw draw;
    draw.coins = key.derive("coins");
    std::vector<std::uint32_t> numbers;
    std::vector<HostContext> hosts;
    Stream stream(key, "calibration-hosts");
    for (std::uint32_t s = 0; s < args_.sentences; ++s) {
      numbers.push_back(s);
      for (std::uint32_t c = 0; c < args_.contexts; ++c)
        hosts.push_back({s, "", documents_[stream.below(static_cast<std::uint32_t>(documents_.size()))]});
    }
    const auto subjects = text_subjects(book, draw, args_.siblings + 1, numbers, hosts, args_.siblings);
    const ItemList asked = rank_items(subjects, 0, key.derive("order"));
    const std::vector<SetScores> sets = scored(subjects, asked);
    const auto p = text_calibration_trial(sets, key.derive("draw"));
    return {p.begin(), p.end()};
  }

 private:
  std::vector<SetScores> scored(const std::vector<TextSubject>& subjects, const ItemList& asked) {
    std::vector<SetScores> sets(subjects.size());
    for (std::size_t s = 0; s < subjects.size(); ++s) {
      sets[s].released = subjects[s].released;
      sets[s].members.assign(subjects[s].members.size(), std::vector<std::int64_t>(subjects[s].hosts.size()));
    }
    for (std::size_t from = 0; from < asked.items.size(); from += args_.asking.batch) {
      const std::size_t to = std::min(asked.items.size(), from + args_.asking.batch);
      const std::vector<TextItem> items(asked.items.begin() + static_cast<std::ptrdiff_t>(from),
                                        asked.items.begin() + static_cast<std::ptrdiff_t>(to));
      const auto scores = suspect_->scored(items);
      for (std::size_t n = from; n < to; ++n) {
        const std::vector<double>& row = scores[n - from];
        std::int64_t sum = 0;
        for (const double score : row) sum += millionths(score);
        const ItemPlace& place = asked.places[n];
        sets[place.subject].members[place.member][place.host] = 1000 * sum / static_cast<std::int64_t>(row.size());
      }
    }
    return sets;
  }

  const CalibrateTextArgs& args_;
  const std::vector<std::string>& documents_;
  GhostRecipe recipe_;
  std::unique_ptr<TextSuspect> suspect_;
};

ExitStatus calibrate_text(const CalibrateTextArgs& args, Console& console) {
  const StopSignal stop;
  const std::vector<std::string> documents = beginnings(args, console);
  CalibrationTable table(columns(), args.table);
  const ScratchFolder work(fs::temp_directory_path());
  for (const std::string& suspect : args.suspects) {
    SuspectSource source = args.asking.source;
    source.suspect = suspect;
    std::optional<TextCalibrator> calibrator;
    for (std::uint64_t pool = 0; pool < args.pools; ++pool) {
      if (table.has(suspect, pool)) continue;
      if (stop.requested()) {
        console.end_progress();
        console.say("stopped early; the same command with the same --table continues");
        return ExitStatus::stopped;
      }
      if (!calibrator) calibrator.emplace(args, documents, suspect, work.path());
      const Digest key =
          digest(nullptr, "text-calibration",
                 {bytes_of(args.seed), bytes_of(suspect_identity(source)), bytes_of(std::to_string(pool))});
      table.add({suspect, pool, calibrator->run(Subkey(key))});
      console.progress("asking about fresh pools", pool + 1, args.pools, 0);
    }
  }
  console.end_progress();
  return table.report(console) ? ExitStatus::ok : ExitStatus::negative;
}

}  // namespace

void declare_verify_calibrate_text(CLI::App& app, Action& action) {
  auto args = std::make_shared<CalibrateTextArgs>();
  args->asking.source.jobs = default_jobs();
  args->asking.batch = 64;
  app.add_option("corpus", args->corpus.path, "clean texts like those that are marked: sentences are asked behind them")
      ->required()
      ->type_name("CORPUS");
  app.add_option("--field", args->corpus.field, "of JSON lines and tables: the field of the text")->type_name("NAME");
  app.add_option("--suspect", args->suspects, "innocent language models, as in `verify text`; may be repeated")
      ->required()
      ->allow_extra_args(false)
      ->type_name("DIR|URL|exec:PROGRAM");
  app.add_option("--sentences", args->sentences, "released sentences of a pool")
      ->check(CLI::Range(1, 10000))
      ->capture_default_str();
  app.add_option("-B,--siblings", args->siblings, "siblings of each")
      ->check(CLI::Range(1, 99999))
      ->capture_default_str();
  app.add_option("--contexts", args->contexts, "documents each is asked in, beside on its own")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--context-bytes", args->context_bytes, "of a document, at most")
      ->check(CLI::Range(2, 1000000))
      ->capture_default_str();
  app.add_option("--pools", args->pools, "fresh pools a suspect")->check(CLI::Range(1, 1000000))->capture_default_str();
  app.add_option("--seed", args->seed, "what the keys follow from")->type_name("TEXT")->capture_default_str();
  app.add_option("--table", args->table, "rows that are there are not tried again; new ones are added")
      ->type_name("FILE.tsv");
  add_text_asking_options(app, args->asking);
  app.footer(
      "Exit status 0: the figures are those of a right test and every planted fault is found out; 1: not, or too few "
      "pools to tell.");
  action = [args](Console& console) { return calibrate_text(*args, console); };
}

}  // namespace wardmark
