#include "verify/twin_test.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numeric>

#include "core/error.h"
#include "core/plan.h"

namespace wardmark {
namespace {

/// Steps of the largest sum: what p is counted over, and what the two ends of the interval are.
constexpr std::int64_t kCountedSteps = 200000, kIntervalSteps = 2048;
constexpr int kHalvings = 14;
/// Standard normal quantile of 0.9.
constexpr double kPowerQuantile = 1.2815515655446004;

double quantile(double upper_tail) {
  double low = -10, high = 40;
  for (int i = 0; i < 100; ++i) {
    const double middle = (low + high) / 2;
    (std::erfc(middle / std::sqrt(2.0)) / 2 > upper_tail ? low : high) = middle;
  }
  return high;
}

std::vector<std::int64_t> in_steps(std::span<const double> values, double step) {
  std::vector<std::int64_t> steps;
  for (const double value : values) steps.push_back(std::llround(value / step));
  return steps;
}

double step_of(std::span<const double> values, std::int64_t most) {
  double sum = 0;
  for (const double value : values) sum += std::abs(value);
  return sum / static_cast<double>(most);
}

/// Of all signs of `values`: how their sum is spread. share[x] belongs to the sum 2x - all, where all is that of the
/// absolute values, and x the sum of those with a plus sign.
struct Spread {
  std::int64_t all = 0;
  std::vector<double> share;
};

Spread spread_of(std::span<const std::int64_t> values) {
  Spread spread;
  for (const std::int64_t value : values) spread.all += std::abs(value);
  std::vector<double>& share = spread.share;
  share.resize(static_cast<std::size_t>(spread.all) + 1);
  share[0] = 1;
  std::size_t top = 0;
  for (const std::int64_t value : values) {
    const auto size = static_cast<std::size_t>(std::abs(value));
    if (size == 0) continue;
    for (std::size_t x = top + 1; x-- > 0;) {
      const double half = share[x] / 2;
      share[x] = half;
      share[x + size] += half;
    }
    top += size;
  }
  return spread;
}

/// Share of all signs whose sum is at least `sum`.
double upper_share(const Spread& spread, std::int64_t sum) {
  double upper = 0;
  for (std::int64_t x = spread.all; x >= 0 && 2 * x - spread.all >= sum; --x)
    upper += spread.share[static_cast<std::size_t>(x)];
  return std::min(1.0, upper);
}

/// The spread in bins for people, from minus the largest sum that is not too rare to be drawn, or `seen`, to plus it.
void add_bins(const Spread& spread, double unit, std::int64_t seen, TwinResult& result) {
  constexpr double kRarest = 1e-12;
  double tail = 0;
  std::int64_t x = spread.all;
  for (; x > spread.all / 2 && tail < kRarest; --x) tail += spread.share[static_cast<std::size_t>(x)];
  const std::int64_t high = std::max({std::int64_t{1}, 2 * x - spread.all, std::abs(seen)});
  result.null.assign(kNullBins, 0);
  result.null_high = static_cast<double>(high) * unit;
  for (std::int64_t n = 0; n <= spread.all; ++n) {
    const double at = (static_cast<double>(2 * n - spread.all) / static_cast<double>(high) + 1) / 2;
    const double bin = std::clamp(at, 0.0, 1.0) * static_cast<double>(kNullBins);
    result.null[std::min(kNullBins - 1, static_cast<std::size_t>(bin))] += spread.share[static_cast<std::size_t>(n)];
  }
}

/// p of the differences that a shift of `by` would leave, upwards or downwards.
double shifted(std::span<const double> published, double by, bool upwards) {
  std::vector<double> values;
  for (const double value : published) values.push_back(upwards ? value - by : by - value);
  const double step = step_of(values, kIntervalSteps);
  if (!(step > 0)) return 1;
  const std::vector<std::int64_t> steps = in_steps(values, step);
  return upper_share(spread_of(steps), std::accumulate(steps.begin(), steps.end(), std::int64_t{0}));
}

/// The effects that the test does not reject at 5 %: p grows with a shift upwards.
Interval inverted(std::span<const double> published, double mean) {
  double most = 0;
  for (const double value : published) most = std::max(most, std::abs(value));
  const auto end = [&](bool lower) {
    double inside = mean, outside = lower ? -2 * most : 2 * most;
    for (int i = 0; i < kHalvings; ++i) {
      const double middle = (inside + outside) / 2;
      (shifted(published, middle, lower) > 0.025 ? inside : outside) = middle;
    }
    return outside / kTwinUnit;
  };
  return {end(true), end(false)};
}

}  // namespace

std::vector<std::int64_t> twin_differences(const QuestionOrder& order, const Answers& answers,
                                           std::span<const std::uint32_t> of_class,
                                           std::span<const std::uint32_t> meant) {
  if (order.keys() != 1 || order.classes() != 2 || answers.size() != order.size() ||
      of_class.size() != order.pictures())
    broken_promise("answers about twins");
  std::vector<std::int64_t> differences(order.pictures(), 0);
  for (std::size_t n = 0; n < answers.size(); ++n) {
    const Question q = order.at(n);
    const std::uint32_t own = of_class[q.picture];
    if (std::ranges::find(meant, own) == meant.end()) continue;
    std::int64_t value = 0;
    if (answers.access == Access::labels) {
      value = meant[static_cast<std::size_t>(answers.values[n])] == own ? static_cast<std::int64_t>(kTwinUnit) : 0;
    } else {
      value = answers.values[n * answers.width + own];
    }
    differences[q.picture] += q.slot == 1 ? value : -value;
  }
  return differences;
}

TwinResult twin_test(std::span<const std::int64_t> differences, std::span<const int> coins, double level) {
  if (differences.size() != coins.size()) broken_promise("coins and differences are not as many");
  TwinResult result;
  result.units = differences.size();
  std::vector<double> plain(differences.begin(), differences.end());
  result.step = std::max(1.0, step_of(plain, kCountedSteps));
  std::vector<std::int64_t> steps = in_steps(plain, result.step);
  double squares = 0;
  for (std::size_t u = 0; u < steps.size(); ++u) {
    if (coins[u] != 0 && coins[u] != 1) broken_promise("a coin that is neither 0 nor 1");
    if (coins[u] == 0) plain[u] = -plain[u];
    result.statistic += coins[u] == 1 ? steps[u] : -steps[u];
    result.telling += steps[u] != 0 ? 1 : 0;
    squares += plain[u] * plain[u];
  }
  result.floor = std::pow(0.5, static_cast<double>(result.telling));
  if (result.telling == 0) return result;
  const Spread spread = spread_of(steps);
  result.p = std::max(upper_share(spread, result.statistic), result.floor);
  const auto n = static_cast<double>(result.units);
  add_bins(spread, result.step / n / kTwinUnit, result.statistic, result);
  const double mean = std::accumulate(plain.begin(), plain.end(), 0.0) / n;
  result.effect = mean / kTwinUnit;
  result.interval = inverted(plain, mean);
  result.detectable = (quantile(level) + kPowerQuantile) * std::sqrt(squares) / n / kTwinUnit;
  return result;
}

}  // namespace wardmark
