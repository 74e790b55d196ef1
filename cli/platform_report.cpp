#include "cli/platform_report.h"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

#include "perturb/platform_step.h"
#include "perturb/protect_item.h"

namespace wardmark {
namespace {

constexpr std::size_t kTrials = 12;

/// What one step left of every item tried.
struct StepShares {
  std::vector<double> shares;
  double mean() const {
    double sum = 0;
    for (const double share : shares) sum += share;
    return shares.empty() ? 0 : sum / static_cast<double>(shares.size());
  }
  double worst() const { return shares.empty() ? 0 : *std::ranges::min_element(shares); }
};

std::vector<StepShares> try_steps(const std::vector<PlatformStep>& steps, const ProtectRun& run, Console& console) {
  const std::vector<std::size_t> sample = keyed_sample(run.plan, run.keys, kTrials);
  const auto places = match_items(run.plan, run.reader.survey());
  std::vector<std::vector<double>> by_item(sample.size());
  std::atomic<std::size_t> next{0};
  std::mutex lock;
  const auto worker = [&] {
    for (std::size_t k = next++; k < sample.size() && !run.stop; k = next++) {
      try {
        const Trial trial = try_item(run, sample[k], places[sample[k]]);
        if (trial.original.empty() || trial.item.state != ItemState::protected_) continue;
        for (const PlatformStep& step : steps) {
          by_item[k].push_back(surviving_share(trial.original, trial.released, step));
        }
      } catch (const Error& error) {
        const std::scoped_lock held(lock);
        if (error.kind() != Kind::item) console.error(error);
        by_item[k].clear();
      }
    }
  };
  {
    std::vector<std::jthread> pool;
    for (unsigned t = 0; t < std::max(1u, run.jobs); ++t) pool.emplace_back(worker);
  }
  std::vector<StepShares> shares(steps.size());
  for (const auto& item : by_item) {
    for (std::size_t i = 0; i < item.size(); ++i) shares[i].shares.push_back(item[i]);
  }
  return shares;
}

}  // namespace

void report_survival(const std::string& text, const ProtectRun& run, Console& console) {
  const std::vector<PlatformStep> steps = parse_platform_steps(text);
  const std::vector<StepShares> shares = try_steps(steps, run, console);
  nlohmann::json rows = nlohmann::json::array();
  std::string lines;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    rows.push_back({{"step", steps[i].name},
                    {"items", shares[i].shares.size()},
                    {"mean", std::round(shares[i].mean() * 1000) / 1000},
                    {"worst", std::round(shares[i].worst() * 1000) / 1000}});
    char line[128];
    std::snprintf(line, sizeof line, "survives %s: %.2f of the change, worst %.2f (", steps[i].name.c_str(),
                  shares[i].mean(), shares[i].worst());
    lines += line + counted(shares[i].shares.size(), "item") + ")\n";
  }
  if (console.style().json || console.style().json_lines) {
    const nlohmann::json out{{"schema", "wardmark.survives/1"}, {"method", run.method.name}, {"steps", rows}};
    console.result(out.dump() + "\n");
  } else {
    console.result(lines);
  }
}

}  // namespace wardmark
