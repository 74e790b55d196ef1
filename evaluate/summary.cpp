#include "evaluate/summary.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <random>

namespace wardmark {
namespace {

constexpr int kDraws = 1000;

/// Balanced accuracy over the drawn pictures; classes that were not drawn are left out.
double balanced(const std::vector<std::int32_t>& predicted, const std::vector<std::int64_t>& labels,
                const std::vector<std::size_t>& drawn, std::size_t classes) {
  std::vector<double> hits(classes, 0.0), counts(classes, 0.0);
  for (const std::size_t i : drawn) {
    const auto label = static_cast<std::size_t>(labels[i]);
    counts[label] += 1;
    if (predicted[i] == labels[i]) hits[label] += 1;
  }
  double sum = 0, present = 0;
  for (std::size_t c = 0; c < classes; ++c) {
    if (counts[c] == 0) continue;
    sum += hits[c] / counts[c];
    present += 1;
  }
  return present == 0 ? std::nan("") : sum / present;
}

Interval interval_of(const std::vector<const Reading*>& readings, const std::vector<std::int64_t>& labels,
                     std::size_t classes) {
  std::mt19937_64 random(0);
  std::vector<double> values;
  std::vector<std::size_t> drawn(labels.size());
  for (int draw = 0; draw < kDraws; ++draw) {
    // As many repeats as there are, each with the same pictures: what varies is both.
    for (std::size_t& i : drawn) i = random() % labels.size();
    double sum = 0;
    for (std::size_t k = 0; k < readings.size(); ++k) {
      sum += balanced(readings[random() % readings.size()]->predicted, labels, drawn, classes);
    }
    values.push_back(sum / static_cast<double>(readings.size()));
  }
  std::ranges::sort(values);
  return {values[kDraws / 40], values[kDraws - 1 - kDraws / 40]};
}

Figure figure_of(const std::vector<const Reading*>& readings, const std::vector<std::int64_t>& labels,
                 std::size_t classes) {
  Figure f{0, 1, 0, {}};
  for (const Reading* r : readings) {
    f.mean += r->balanced_accuracy / static_cast<double>(readings.size());
    f.least = std::min(f.least, r->balanced_accuracy);
    f.most = std::max(f.most, r->balanced_accuracy);
  }
  f.interval = interval_of(readings, labels, classes);
  return f;
}

bool uses_marked_alone(const Cell& cell) {
  if (cell.data != Data::marked) return false;
  return cell.breaker == "none" || read_breaker(cell.breaker).info->needs == Needs::nothing;
}

double strongest(const Row& row) { return std::max(row.last.mean, row.best.mean); }

Row row_of(const std::vector<const CellResult*>& repeats, const std::vector<std::int64_t>& labels,
           std::size_t classes) {
  Row row;
  row.cell = repeats.front()->cell;
  row.repeats = static_cast<int>(repeats.size());
  row.train_items = repeats.front()->train_items;
  std::vector<const Reading*> last, best;
  const double n = static_cast<double>(repeats.size());
  for (const CellResult* r : repeats) {
    last.push_back(&r->last);
    best.push_back(&r->best);
    row.seconds += r->seconds;
    row.accuracy += r->last.accuracy / n;
    row.auc += r->last.auc / n;
    row.best_accuracy += r->best.accuracy / n;
    row.best_auc += r->best.auc / n;
  }
  row.last = figure_of(last, labels, classes);
  row.best = figure_of(best, labels, classes);
  return row;
}

}  // namespace

Summary summarise(const std::vector<CellResult>& results, const std::vector<std::int64_t>& labels, std::size_t classes,
                  std::size_t validation_items) {
  Summary out;
  out.test_items = labels.size();
  out.validation_items = validation_items;
  std::vector<std::size_t> counts(classes, 0);
  for (const std::int64_t label : labels) ++counts[static_cast<std::size_t>(label)];
  out.majority_rate = static_cast<double>(*std::ranges::max_element(counts)) / static_cast<double>(labels.size());
  out.chance = 1.0 / static_cast<double>(classes - static_cast<std::size_t>(std::ranges::count(counts, 0u)));

  std::vector<std::vector<const CellResult*>> groups;
  std::map<std::string, std::size_t> place;
  for (const CellResult& result : results) {
    Cell key = result.cell;
    key.repeat = 0;
    const auto [at, fresh] = place.emplace(key.text(), groups.size());
    if (fresh) groups.emplace_back();
    groups[at->second].push_back(&result);
  }
  for (const auto& group : groups) out.rows.push_back(row_of(group, labels, classes));

  for (std::size_t i = 0; i < out.rows.size(); ++i) {
    if (!uses_marked_alone(out.rows[i].cell)) continue;
    if (!out.worst || strongest(out.rows[i]) > strongest(out.rows[*out.worst])) out.worst = i;
  }
  if (!out.worst) return out;
  Row& worst = out.rows[*out.worst];
  worst.headline = true;
  for (std::size_t i = 0; i < out.rows.size(); ++i) {
    const Cell& cell = out.rows[i].cell;
    const bool baseline = cell.data == Data::clean && cell.breaker == "none" && cell.network == worst.cell.network;
    if (baseline) out.clean = i;
  }
  if (!out.clean) return out;
  const double above = strongest(out.rows[*out.clean]) - out.chance;
  if (above > 0) out.learned_share = (strongest(worst) - out.chance) / above;
  return out;
}

std::string summary_text(const Summary& summary) {
  std::string text;
  char line[256];
  const auto add = [&](auto... values) {
    std::snprintf(line, sizeof(line), values...);
    text += line;
  };
  add("%-18s %-30s %-22s %7s %16s %7s %9s %6s %8s\n", "network", "trained on", "breaker", "last", "95 % interval",
      "best", "accuracy", "AUC", "seconds");
  for (const Row& row : summary.rows) {
    add("%-18s %-30s %-22s %7.1f %7.1f to %5.1f %7.1f %9.1f %6.3f %8.0f%s\n", row.cell.network.c_str(),
        row.cell.data_text().c_str(), row.cell.breaker.c_str(), 100 * row.last.mean, 100 * row.last.interval.low,
        100 * row.last.interval.high, 100 * row.best.mean, 100 * row.accuracy, row.auc, row.seconds,
        row.headline ? "  <- worst case" : "");
  }
  add("last, best: balanced accuracy in percent on %zu clean test pictures, after the last epoch and at the epoch that "
      "was best on %zu clean validation pictures; a constant answer: %.1f (accuracy %.1f)\n",
      summary.test_items, summary.validation_items, 100 * summary.chance, 100 * summary.majority_rate);
  return text;
}

}  // namespace wardmark
