#include "cli/dry_run.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <exception>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

#include "cli/protect_report.h"
#include "cli/sheet_module.h"
#include "io/atomic_file.h"
#include "io/png_codec.h"
#include "perturb/protect_item.h"
#include "perturb/resample.h"

namespace wardmark {
namespace {

constexpr std::size_t kTrials = 24;

/// Where the sample takes less, it is done again: the first items of a run are no measure of the rest.
constexpr double kLeastSeconds = 0.25;
constexpr int kMostRounds = 50;
constexpr double kMostRepeats = 5000;
/// Files that the loop makes durable at once.
constexpr double kBatch = 64;

struct TrialSummary {
  std::size_t tried = 0;
  double seconds = 0.0;  ///< wall time at -j
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  MeasureSummary measures;
  std::map<Code, std::uint64_t> refusals;
};

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// Up to 24 items, on all threads, as the run would treat them: written aside and put in place where the output is a
/// folder of files, which is then one of its own.
class Sample {
 public:
  Sample(const ProtectRun& run, Console& console)
      : run_(run),
        console_(console),
        places_(match_items(run.plan, run.reader.survey())),
        chosen_(keyed_sample(run.plan, run.keys, kTrials)) {}

  TrialSummary measure() {
    const double first = round(true);
    if (!in_files() && first < kLeastSeconds && !run_.stop) {
      // Records are small: what a thread takes to start must not count.
      const int times = static_cast<int>(std::clamp(kLeastSeconds / std::max(first, 1e-9), 1.0, kMostRepeats));
      summary_.seconds = round(false, times) / times;
      return std::move(summary_);
    }
    double sum = 0;
    int rounds = 0;
    while (first + sum < kLeastSeconds && rounds < kMostRounds && !run_.stop) {
      sum += round(false);
      ++rounds;
    }
    summary_.seconds = rounds == 0 ? first : sum / rounds;
    return std::move(summary_);
  }

 private:
  bool in_files() const { return run_.plan.format == "folder"; }

  /// All chosen items, `times` times with one set of threads (in_files(): once); seconds.
  double round(bool counts, int times = 1) {
    const std::size_t all = chosen_.size() * static_cast<std::size_t>(times);
    std::atomic<std::size_t> next{0};
    std::exception_ptr failure;
    staged_.clear();
    auto start = std::chrono::steady_clock::now();
    const auto worker = [&] {
      try {
        for (std::size_t k = next++; k < all && !run_.stop; k = next++) one(chosen_[k % chosen_.size()], counts);
      } catch (...) {
        const std::scoped_lock held(lock_);
        failure = std::current_exception();
        next = all;
      }
    };
    {
      std::vector<std::jthread> pool;
      for (unsigned t = 0; t < std::max(1u, run_.jobs); ++t) pool.emplace_back(worker);
    }
    if (failure) std::rethrow_exception(failure);
    const double work = seconds_since(start);
    start = std::chrono::steady_clock::now();
    run_.writer.commit(staged_);
    // A run makes files durable beside its work, in larger batches.
    return std::max(work, seconds_since(start) * static_cast<double>(staged_.size()) / kBatch);
  }

  void one(std::size_t n, bool counts) {
    ManifestItem item;
    std::uint64_t bytes_out = 0;
    if (in_files()) {
      Processed done = process_item(run_, n, places_[n]);
      item = std::move(done.item);
      bytes_out = item.bytes;
      const std::scoped_lock held(lock_);
      if (done.staged) staged_.push_back(*done.staged);
    } else {
      try {
        Trial trial = try_item(run_, n, places_[n]);
        item = std::move(trial.item);
        bytes_out = trial.bytes_out;
        seal_line(item);
      } catch (const Error& error) {
        if (error.kind() != Kind::item) throw;
        item.state = ItemState::refused;
        item.notes = {{error.code(), error.what()}};
      }
    }
    if (counts) count(n, item, bytes_out);
  }

  /// A run seals one line after the other, which counts where items are small.
  void seal_line(const ManifestItem& item) {
    const std::scoped_lock held(lock_);
    line_leaf(item_line(item, run_.keys));
  }

  void count(std::size_t n, const ManifestItem& item, std::uint64_t bytes_out) {
    const std::scoped_lock held(lock_);
    ++summary_.tried;
    summary_.bytes_in += run_.plan.items[n].bytes;
    summary_.bytes_out += bytes_out;
    summary_.measures.add(item);
    if (item.state != ItemState::refused) return;
    const Note& why = item.notes.front();
    ++summary_.refusals[why.code];
    console_.refused(run_.plan.items[n].id, Error(why.code, why.detail));
  }

  const ProtectRun& run_;
  Console& console_;
  const std::vector<std::optional<std::size_t>> places_;
  const std::vector<std::size_t> chosen_;
  std::mutex lock_;
  std::vector<Staged> staged_;
  TrialSummary summary_;
};

std::uint64_t free_bytes(const std::string& output) {
  std::error_code bad;
  std::filesystem::path place = std::filesystem::absolute(output.empty() ? "." : output).lexically_normal();
  while (!std::filesystem::exists(place, bad) && place.has_relative_path()) place = place.parent_path();
  const auto space = std::filesystem::space(place, bad);
  return bad ? 0 : space.available;
}

}  // namespace

ExitStatus dry_run(const ProtectArgs& args, const ProtectJob& job, const ProtectRun& run, Console& console) {
  const TrialSummary trial = Sample(run, console).measure();
  console.end_progress();
  if (run.stop) return ExitStatus::stopped;
  std::uint64_t planned_bytes = 0;
  for (const PlanItem& item : run.plan.items) planned_bytes += item.bytes;
  const double share =
      trial.bytes_in == 0 ? 0.0 : static_cast<double>(planned_bytes) / static_cast<double>(trial.bytes_in);
  const double seconds = trial.seconds * share + job.settled_seconds;
  const auto bytes = static_cast<std::uint64_t>(static_cast<double>(trial.bytes_out) * share);
  const std::uint64_t space = free_bytes(args.output);
  const MeasureSummary& m = trial.measures;
  std::uint64_t refused = 0;
  for (const auto& [code, count] : trial.refusals) refused += count;

  if (console.style().json) {
    nlohmann::json codes = nlohmann::json::object();
    for (const auto& [code, count] : trial.refusals) codes[std::string(name(code))] = count;
    nlohmann::json out{{"schema", "wardmark.dry-run/1"},
                       {"items", run.plan.items.size()},
                       {"tried", trial.tried},
                       {"seconds", seconds},
                       {"bytes", bytes},
                       {"free", space},
                       {"refused", codes},
                       {"visible", m.visible()}};
    if (m.changed() > 0) {
      out["psnr_median"] = std::round(m.median_psnr() * 100) / 100;
      out["psnr_worst"] = std::round(m.worst().psnr() * 100) / 100;
      out["ssim_worst"] = m.worst_ssim() / 1e4;
      out["ciede2000_p95_worst"] = m.worst_ciede2000() / 1e2;
    }
    console.result(out.dump() + "\n");
  } else {
    char estimate[96];
    std::snprintf(estimate, sizeof estimate, "about %.0f s on %u threads, ", seconds, run.jobs);
    console.result("tried " + std::to_string(trial.tried) + " of " + counted(run.plan.items.size(), "item") + ": " +
                   estimate + human_bytes(bytes) + " of " + human_bytes(space) + " free\n");
    for (const auto& [code, count] : trial.refusals) {
      console.result("refused: " + std::to_string(count) + " " + std::string(name(code)) + " (" +
                     std::string(info(code).meaning) + ")\n");
    }
    if (m.changed() > 0) {
      console.result("change: PSNR median " + decibels(m.median_psnr()) + ", worst " + decibels(m.worst().psnr()) +
                     " (" + printable(console.item_text(m.worst_item())) + "); worst " +
                     visibility_text(m.worst_ssim(), m.worst_ciede2000()) + "\n");
      if (m.visible() > 0) {
        console.result("visible: " + std::to_string(m.visible()) + " of " + std::to_string(m.changed()) +
                       (job.budget.limited() ? "\n" : "; --max-change STEPS makes the change milder\n"));
      }
    }
  }
  if (bytes > space && space > 0) console.warn("the output will not fit into the free space");
  if (!args.preview.empty()) write_preview(args.preview, job, run, console);
  return refused > 0 ? ExitStatus::partial : ExitStatus::ok;
}

namespace {

/// Large enough for a sheet's cell, small enough that twelve photographs do not fill the memory.
Image small_copy(const Image& image) {
  constexpr int kSide = 512;
  const Size size = training_size(image.width(), image.height(), kSide);
  const Planes planes = shrink(image, size.width, size.height);
  Image out(planes.width, planes.height, planes.channels, 8);
  const float scale = 255.0f / planes.full_range;
  for (std::size_t i = 0; i < planes.v.size(); ++i) {
    out.raw()[i] = static_cast<std::uint8_t>(std::clamp(planes.v[i] * scale + 0.5f, 0.0f, 255.0f));
  }
  return out;
}

/// Items for a sheet in the order they are tried: drawn by the key, one class after the other.
std::vector<std::size_t> sheet_order(const ProtectRun& run) {
  std::map<std::uint32_t, std::vector<std::size_t>> classes;
  for (const std::size_t n : keyed_sample(run.plan, run.keys, 40 * kTrials)) {
    classes[run.plan.items[n].class_index].push_back(n);
  }
  std::vector<std::size_t> order;
  for (std::size_t round = 0; round < kTrials; ++round) {
    for (const auto& [c, members] : classes) {
      if (round < members.size()) order.push_back(members[round]);
    }
  }
  return order;
}

/// Trials for a sheet by class, pictures reduced.
std::vector<Trial> sheet_trials(const ProtectRun& run) {
  std::vector<Trial> trials;
  const auto places = match_items(run.plan, run.reader.survey());
  for (const std::size_t n : sheet_order(run)) {
    if (trials.size() == kSheetRows || run.stop) break;
    try {
      Trial trial = try_item(run, n, places[n]);
      if (trial.original.empty()) continue;
      trial.original = small_copy(trial.original);
      trial.released = small_copy(trial.released);
      trials.push_back(std::move(trial));
    } catch (const Error& error) {
      if (error.kind() != Kind::item) throw;
    }
  }
  std::ranges::sort(trials, {}, [](const Trial& trial) { return trial.item.n; });
  return trials;
}

Change change_of(const Measured& m) {
  Change change;
  change.full_range = m.full_range;
  change.max_abs = static_cast<int>(m.max_abs);
  change.sum_sq = m.sum_sq;
  change.samples = m.samples;
  change.ssim = m.ssim;
  change.ciede2000_p95 = m.ciede2000;
  return change;
}

}  // namespace

void write_preview(const std::string& path, const ProtectJob& job, const ProtectRun& run, Console& console) {
  const std::vector<Trial> trials = sheet_trials(run);
  if (trials.empty()) {
    console.warn(path + ": no item could be shown, no contact sheet written");
    return;
  }
  std::vector<SheetRow> rows;
  std::vector<std::string> names;
  for (const Trial& trial : trials) names.push_back(console.item_text(trial.item.id));
  for (const Trial& trial : trials) {
    const std::uint32_t c = run.plan.items[trial.item.n].class_index;
    const std::string_view label = c == kNoClass ? std::string_view() : run.plan.classes[c].name;
    rows.push_back(
        {trial.original, trial.released, trial.orientation, label, names[rows.size()], change_of(trial.item.measured)});
  }
  std::string heading = std::string(job.method->name);
  for (const auto& [name, value] : job.plan->parameters) heading += ", " + name + " " + value;
  write_file(path, encode_plain_png(draw_sheet(rows, heading)), 0600);
  console.say("contact sheet " + path + " shows originals: keep it private");
}

}  // namespace wardmark
