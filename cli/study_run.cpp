#include "cli/study_run.h"

#include <algorithm>
#include <chrono>
#include <iterator>

#include "core/error.h"
#include "evaluate/run_cell.h"
#include "io/atomic_file.h"
#include "io/recode.h"
#include "models/classifier_file.h"

namespace wardmark {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kLeastPerClass = 20;
constexpr std::size_t kLeastItems = 300;

/// Turns the progress of one cell into that of the study.
class StudyProgress final : public Report {
 public:
  StudyProgress(Console& console, double total) : console_(console), total_(total) {}
  void begin(double seconds) { cell_ = seconds; }
  void end() {
    done_ += cell_;
    cell_ = 0;
  }
  void progress(std::string_view, std::uint64_t done, std::uint64_t total, std::uint64_t) override {
    const double share = total == 0 ? 0.0 : static_cast<double>(done) / static_cast<double>(total);
    const double now = total_ <= 0 ? 0.0 : (done_ + share * cell_) / total_;
    console_.progress("evaluating", static_cast<std::uint64_t>(1000 * now), 1000, 0);
  }
  void warning(std::string_view subject, const Note& note) override { console_.warning(subject, note); }
  void refused(std::string_view item, const Error& error) override { console_.refused(item, error); }

 private:
  Console& console_;
  double total_;
  double done_ = 0, cell_ = 0;
};

Codecs codecs() {
  Codecs out;
  out.jpeg = [](int quality, bool subsample) -> Recode {
    return [=](std::span<std::uint8_t> samples, int height, int width, int channels) {
      recode_jpeg(samples, height, width, channels, quality, subsample);
    };
  };
  out.webp = [](int quality) -> Recode {
    return [=](std::span<std::uint8_t> samples, int height, int width, int channels) {
      recode_webp(samples, height, width, channels, quality);
    };
  };
  return out;
}

std::string file_name(const Cell& cell) {
  std::string name = cell.network + "-" + cell.data_text() + "-" + cell.breaker + "-" + std::to_string(cell.repeat);
  for (char& c : name) {
    if (c == ' ' || c == ':' || c == '%') c = '_';
  }
  return name;
}

void save(const std::string& folder, const CellRun& run, const Question& question, const Material& material) {
  ClassifierInfo info;
  info.architecture = run.result.cell.network;
  info.height = material.test.height;
  info.width = material.test.width;
  info.channels = material.test.channels;
  info.width_multiplier = question.width;
  info.classes = material.test.classes;
  info.recipe = recipe_json(cell_recipe(run.result.cell, question, run.result.train_items));
  const ClassifierFiles files = save_classifier(run.last, info);
  fs::create_directories(folder);
  const fs::path base = fs::path(folder) / file_name(run.result.cell);
  write_file(base.string() + ".safetensors", files.weights);
  write_file(base.string() + ".json", files.description);
}

/// Read from another cell's run, and there once that one is.
bool is_by_product(const Cell& cell) {
  return cell.breaker != "none" && !read_breaker(cell.breaker).info->by_product_of.empty();
}

const CellResult* find(const std::vector<CellResult>& results, const Cell& cell) {
  const auto at = std::ranges::find(results, cell, &CellResult::cell);
  return at == results.end() ? nullptr : &*at;
}

/// The cells of a study, one after the other.
class StudyRun {
 public:
  StudyRun(const EvaluateArgs& args, Study& study, StudyState& state, const Compute& compute, Console& console,
           const std::atomic<bool>& stop)
      : args_(args), study_(study), state_(state), compute_(compute), console_(console), stop_(stop) {}

  /// False: stopped early.
  bool run(StudyOutcome& outcome) {
    const auto start = Clock::now();
    const auto elapsed = [&] { return std::chrono::duration<double>(Clock::now() - start).count(); };
    const std::vector<Cell> grid = grid_of(study_.question, study_.material.has_clean());
    std::vector<Cell> open;
    std::ranges::copy_if(grid, std::back_inserter(open), [&](const Cell& c) { return !find(state_.done(), c); });
    console_.detail("the first training step begins");
    Pace pace;
    if (!open.empty()) pace = measure_pace(study_.question, study_.material, compute_);
    const Budgeted plan = settle(open, pace);
    StudyProgress progress(console_, plan.seconds);
    std::uint64_t unsaved = 0;
    const double limit = args_.budget_minutes * 60;
    for (const Cell& cell : grid) {
      if (const CellResult* known = find(state_.done(), cell)) {
        outcome.results.push_back(*known);
        unsaved += is_unsaved(cell) ? 1 : 0;
        continue;
      }
      const double foretold = foretell(cell, pace, plan.train_items, study_.question.epochs);
      const bool planned = std::ranges::find(plan.cells, cell) != plan.cells.end();
      if (!planned || is_by_product(cell) || late(cell, elapsed(), foretold, limit)) {
        outcome.left_out.push_back(cell);
        continue;
      }
      progress.begin(foretold);
      if (!one(cell, progress, outcome)) return false;
      progress.end();
    }
    outcome.seconds = elapsed();
    if (unsaved > 0) {
      console_.warn("the networks of " + counted(unsaved, "cell") +
                    " that an earlier run finished were not kept; --overwrite trains them again");
    }
    return true;
  }

 private:
  /// Whether the network of a finished cell was to be kept, and is not there.
  bool is_unsaved(const Cell& cell) const {
    if (args_.save_models.empty() || is_by_product(cell)) return false;
    return !fs::exists(fs::path(args_.save_models) / (file_name(cell) + ".safetensors"));
  }
  /// What is to be done of the open cells. All runs of a study have the pictures that its first run settled on.
  Budgeted settle(const std::vector<Cell>& open, const Pace& pace) {
    Material& m = study_.material;
    const std::size_t settled = state_.train_items();
    const std::size_t least = settled > 0 ? settled : std::max(kLeastItems, kLeastPerClass * m.marked.classes.size());
    const Budgeted plan = fit_budget(open, study_.question, pace, settled > 0 ? settled : m.marked.size(), least,
                                     args_.budget_minutes * 60 * 0.95);
    if (settled == 0) state_.settle(plan.train_items);
    if (plan.train_items < m.marked.size()) {
      const std::string text = "the budget allows " + counted(plan.train_items, "training picture") + " of " +
                               std::to_string(m.marked.size()) +
                               ", drawn by class; with fewer, a protection shows less than it does";
      console_.warn(text);
      study_.warnings.push_back(text);
      const std::vector<std::size_t> chosen = stratified(m.marked, plan.train_items, study_.question.seed);
      m.marked = subset(m.marked, chosen);
      if (m.has_clean()) m.clean = subset(m.clean, chosen);
    }
    char text[160];
    std::snprintf(text, sizeof(text), "%zu runs, foretold %.1f minutes", plan.cells.size(), plan.seconds / 60);
    console_.say(text);
    return plan;
  }

  /// No time is left for a cell, but the first two answers are always wanted.
  bool late(const Cell& cell, double elapsed, double foretold, double limit) const {
    return limit > 0 && !is_first_answer(cell, study_.question) && elapsed + foretold > 1.1 * limit;
  }

  bool one(const Cell& cell, StudyProgress& progress, StudyOutcome& outcome) {
    const Bytes earlier = state_.checkpoint(cell);
    CellControl control;
    control.resume = earlier;
    control.checkpoint = [&](const Bytes& bytes) { state_.keep_checkpoint(cell, bytes); };
    control.stop = [this] { return stop_.load(); };
    control.report = &progress;
    control.codecs = codecs();
    const CellRun run = run_cell(cell, study_.question, study_.material, control, compute_);
    if (run.stopped) return false;
    if (!args_.save_models.empty()) save(args_.save_models, run, study_.question, study_.material);
    char text[200];
    std::snprintf(text, sizeof(text), "%s: %.1f %% (best epoch %.1f %%), %.0f s", cell.text().c_str(),
                  100 * run.result.last.balanced_accuracy, 100 * run.result.best.balanced_accuracy, run.result.seconds);
    console_.detail(text);
    std::vector<CellResult> results = {run.result};
    results.insert(results.end(), run.by_products.begin(), run.by_products.end());
    state_.add(results);
    outcome.results.push_back(run.result);
    return true;
  }

  const EvaluateArgs& args_;
  Study& study_;
  StudyState& state_;
  const Compute& compute_;
  Console& console_;
  const std::atomic<bool>& stop_;
};

}  // namespace

bool run_study(const EvaluateArgs& args, Study& study, StudyState& state, const Compute& compute, Console& console,
               const std::atomic<bool>& stop, StudyOutcome& outcome) {
  return StudyRun(args, study, state, compute, console, stop).run(outcome);
}

}  // namespace wardmark
