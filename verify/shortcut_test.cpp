#include "verify/shortcut_test.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

#include "core/error.h"
#include "core/random.h"

namespace wardmark {
namespace {

constexpr int kInjections = 200;
constexpr double kPower = 0.9;
constexpr int kHalvings = 9;

/// How many assignments of one key have which sum of N[pi(i), i], and what T of a sum is.
struct KeySums {
  std::vector<std::uint64_t> ways;  ///< by sum
  std::int64_t column_sums = 0;     ///< over all marks and known classes
  std::int64_t classes = 0;
  std::int64_t statistic(std::int64_t sum) const { return classes * sum - column_sums; }
};

using Counts = std::vector<std::uint32_t>;  ///< classes x classes of one key

Counts counts_of(const ResponseTable& table, std::uint32_t key) {
  const std::uint32_t k = table.classes();
  Counts counts;
  for (std::uint32_t s = 0; s < k; ++s) {
    for (std::uint32_t a = 0; a < k; ++a) counts.push_back(table.count(key, s, a));
  }
  return counts;
}

std::int64_t column_sums(const Counts& counts, std::uint32_t k, std::span<const std::uint32_t> known) {
  std::int64_t sum = 0;
  for (const std::uint32_t i : known) {
    for (std::uint32_t s = 0; s < k; ++s) sum += counts[s * k + i];
  }
  return sum;
}

/// Known classes take marks one after the other; a set of taken marks is a bit mask.
KeySums sums_of(const Counts& counts, std::uint32_t k, std::span<const std::uint32_t> known) {
  std::size_t most = 0;
  for (const std::uint32_t i : known) {
    std::uint32_t highest = 0;
    for (std::uint32_t s = 0; s < k; ++s) highest = std::max(highest, counts[s * k + i]);
    most += highest;
  }
  std::vector<std::vector<std::uint64_t>> ways(std::size_t{1} << k);
  ways[0].assign(1, 1);
  std::vector<std::uint32_t> layer = {0};
  for (const std::uint32_t i : known) {
    std::vector<std::uint32_t> next;
    for (const std::uint32_t taken : layer) {
      const std::vector<std::uint64_t> from = std::move(ways[taken]);
      for (std::uint32_t s = 0; s < k; ++s) {
        if (taken >> s & 1) continue;
        const std::uint32_t set = taken | 1u << s, more = counts[s * k + i];
        std::vector<std::uint64_t>& to = ways[set];
        if (to.empty()) next.push_back(set);
        if (to.size() < from.size() + more) to.resize(from.size() + more);
        for (std::size_t v = 0; v < from.size(); ++v) to[v + more] += from[v];
      }
    }
    layer = std::move(next);
  }
  KeySums sums{std::vector<std::uint64_t>(most + 1), column_sums(counts, k, known), k};
  for (const std::uint32_t set : layer) {
    for (std::size_t v = 0; v < ways[set].size(); ++v) sums.ways[v] += ways[set][v];
  }
  return sums;
}

double count_at_least(const KeySums& sums, std::int64_t statistic) {
  double count = 0;
  for (std::size_t v = 0; v < sums.ways.size(); ++v) {
    if (sums.statistic(static_cast<std::int64_t>(v)) >= statistic) count += static_cast<double>(sums.ways[v]);
  }
  return count;
}

std::int64_t statistic_of(const Counts& counts, std::uint32_t k, const DrawnMarks& drawn) {
  std::int64_t sum = 0;
  for (const std::uint32_t i : drawn.classes) sum += counts[drawn.slots[i] * k + i];
  return static_cast<std::int64_t>(k) * sum - column_sums(counts, k, drawn.classes);
}

double assignments(std::uint32_t k, std::size_t known) {
  double product = 1;
  for (std::size_t i = 0; i < known; ++i) product *= static_cast<double>(k - i);
  return product;
}

/// T of the effect 1.
double unit_of(const ResponseTable& table, const DrawnMarks& drawn) {
  double units = 0;
  for (const std::uint32_t i : drawn.classes) units += table.unit(i);
  return units * table.classes();
}

void check(const ResponseTable& table, const DrawnMarks& drawn) {
  const std::uint32_t k = table.classes();
  std::vector<std::uint32_t> sorted = drawn.slots;
  std::ranges::sort(sorted);
  for (std::uint32_t s = 0; s < k; ++s) {
    if (sorted.size() != k || sorted[s] != s) broken_promise("marks of a draw are no permutation");
  }
  if (drawn.key >= table.keys() || drawn.classes.empty() || drawn.classes.back() >= k ||
      !std::ranges::is_sorted(drawn.classes, std::less_equal<>()))
    broken_promise("a draw that does not fit its table");
}

/// Statistic that a share `q` of all configurations does not exceed.
double quantile(std::vector<std::pair<std::int64_t, double>>& weighted, double q) {
  double all = 0, before = 0;
  for (const auto& [value, weight] : weighted) all += weight;
  for (const auto& [value, weight] : weighted) {
    before += weight;
    if (before >= q * all) return static_cast<double>(value);
  }
  return static_cast<double>(weighted.back().first);
}

/// How all configurations are spread, for people to look at. `null` is sorted.
void bin(const std::vector<std::pair<std::int64_t, double>>& null, double unit, ShortcutResult& result) {
  if (!(unit > 0)) return;
  result.null.assign(kNullBins, 0);
  result.null_low = std::min(static_cast<double>(null.front().first), static_cast<double>(result.statistic)) / unit;
  result.null_high = std::max(static_cast<double>(null.back().first), static_cast<double>(result.statistic)) / unit;
  double all = 0;
  for (const auto& [value, weight] : null) all += weight;
  const double width = (result.null_high - result.null_low) / static_cast<double>(kNullBins);
  for (const auto& [value, weight] : null) {
    const double at = width > 0 ? (static_cast<double>(value) / unit - result.null_low) / width : 0;
    result.null[std::min(kNullBins - 1, static_cast<std::size_t>(std::max(0.0, at)))] += weight / all;
  }
}

/// Effects that the test does not reject at 5 % when they are taken off the statistic.
Interval inverted(std::vector<std::pair<std::int64_t, double>>& null, std::int64_t statistic, double unit) {
  const auto t = static_cast<double>(statistic);
  return {(t - quantile(null, 0.975)) / unit, (t - quantile(null, 0.025)) / unit};
}

double spread(const ResponseTable& table, const DrawnMarks& drawn, double unit) {
  std::vector<double> rates;
  for (std::uint32_t j = 0; j < table.keys(); ++j) {
    if (j == drawn.key) continue;
    rates.push_back(static_cast<double>(statistic_of(counts_of(table, j), table.classes(), drawn)) / unit);
  }
  if (rates.size() < 2) return 0;
  const double mean = std::accumulate(rates.begin(), rates.end(), 0.0) / static_cast<double>(rates.size());
  double squares = 0;
  for (const double rate : rates) squares += (rate - mean) * (rate - mean);
  return std::sqrt(squares / static_cast<double>(rates.size() - 1));
}

void sample(const ResponseTable& table, const DrawnMarks& drawn, const Subkey& seed, ShortcutResult& result) {
  Stream stream(seed, "assignments");
  std::vector<Counts> all;
  for (std::uint32_t j = 0; j < table.keys(); ++j) all.push_back(counts_of(table, j));
  std::vector<std::pair<std::int64_t, double>> null;
  std::uint64_t hits = 0, above = 0;
  DrawnMarks other = drawn;
  for (std::uint32_t n = 0; n < kSampledDraws; ++n) {
    other.key = stream.below(table.keys());
    other.slots = stream.permutation(table.classes());
    const std::int64_t t = statistic_of(all[other.key], table.classes(), other);
    hits += t >= result.statistic ? 1 : 0;
    above += t > result.statistic ? 1 : 0;
    null.emplace_back(t, 1.0);
  }
  result.complete = false;
  result.at_least = static_cast<double>(hits + 1);
  result.above = static_cast<double>(above);
  result.p = result.at_least / (kSampledDraws + 1.0);
  result.floor = 1 / (kSampledDraws + 1.0);
  std::ranges::sort(null);
  result.interval = inverted(null, result.statistic, unit_of(table, drawn));
  bin(null, unit_of(table, drawn), result);
}

/// One key's counts when a share of the answers that could go to a class does, where the picture carries its mark;
/// scores: when the log-odds of the class are higher there by that much.
Counts injected(const ResponseTable& table, Counts counts, const DrawnMarks& at, double share) {
  const std::uint32_t k = table.classes();
  if (table.access() == Access::scores) {
    for (const std::uint32_t i : at.classes)
      counts[at.slots[i] * k + i] += static_cast<std::uint32_t>(std::lround(share * table.unit(i)));
    return counts;
  }
  for (const std::uint32_t i : at.classes) {
    for (std::uint32_t a = 0; a < k; ++a) {
      std::uint32_t& n = counts[at.slots[i] * k + a];
      const double moved = a == i ? share * (table.asked(i) - n) : -share * n;
      n = static_cast<std::uint32_t>(std::lround(n + moved));
    }
  }
  return counts;
}

}  // namespace

ShortcutResult shortcut_test(const ResponseTable& table, const DrawnMarks& drawn, const Subkey& seed) {
  check(table, drawn);
  const std::uint32_t k = table.classes();
  ShortcutResult result;
  result.statistic = statistic_of(counts_of(table, drawn.key), k, drawn);
  const double unit = unit_of(table, drawn);
  result.effect = unit > 0 ? static_cast<double>(result.statistic) / unit : 0;
  result.key_spread = spread(table, drawn, unit);
  result.configurations = table.keys() * assignments(k, drawn.classes.size());
  if (k > kCountedClasses) {
    sample(table, drawn, seed, result);
    return result;
  }
  std::vector<std::pair<std::int64_t, double>> null;
  for (std::uint32_t j = 0; j < table.keys(); ++j) {
    const KeySums sums = sums_of(counts_of(table, j), k, drawn.classes);
    result.at_least += count_at_least(sums, result.statistic);
    result.above += count_at_least(sums, result.statistic + 1);
    for (std::size_t v = 0; v < sums.ways.size(); ++v) {
      if (sums.ways[v] > 0)
        null.emplace_back(sums.statistic(static_cast<std::int64_t>(v)), static_cast<double>(sums.ways[v]));
    }
  }
  result.p = result.at_least / result.configurations;
  result.floor = 1 / result.configurations;
  std::ranges::sort(null);
  result.interval = inverted(null, result.statistic, unit);
  bin(null, unit, result);
  return result;
}

std::optional<double> detectable_effect(const ResponseTable& table, const DrawnMarks& released, double level,
                                        const Subkey& seed) {
  check(table, released);
  const std::uint32_t k = table.classes();
  if (k > kCountedClasses || table.keys() < 2) return std::nullopt;
  std::vector<KeySums> sums;
  for (std::uint32_t j = 0; j < table.keys(); ++j) sums.push_back(sums_of(counts_of(table, j), k, released.classes));
  // Of scores: as far as they can go apart; more steps than that would only cost time.
  const double most_effect = table.access() == Access::scores ? 2.0 * kScoreSteps * table.step() : 1;
  const double most = level * (table.keys() - 1) * assignments(k, released.classes.size());
  Stream stream(seed, "injection");
  std::vector<double> needed;
  for (int n = 0; n < kInjections; ++n) {
    DrawnMarks at = released;
    at.key = (released.key + 1 + stream.below(table.keys() - 1)) % table.keys();
    at.slots = stream.permutation(k);
    const auto found = [&](double share) {
      const Counts counts = injected(table, counts_of(table, at.key), at, share);
      const std::int64_t t = statistic_of(counts, k, at);
      double hits = count_at_least(sums_of(counts, k, at.classes), t);
      for (std::uint32_t j = 0; j < table.keys() && hits <= most; ++j) {
        if (j != at.key && j != released.key) hits += count_at_least(sums[j], t);
      }
      return hits <= most;
    };
    if (!found(most_effect)) {
      needed.push_back(2 * most_effect);
      continue;
    }
    double low = 0, high = most_effect;
    for (int step = 0; step < kHalvings; ++step) (found((low + high) / 2) ? high : low) = (low + high) / 2;
    needed.push_back(high);
  }
  std::ranges::sort(needed);
  const double share = needed[static_cast<std::size_t>(std::ceil(kPower * kInjections)) - 1];
  return share <= most_effect ? std::optional(share) : std::nullopt;
}

}  // namespace wardmark
