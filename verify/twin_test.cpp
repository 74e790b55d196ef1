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

/// Share of all signs of `values` whose sum is at least `sum`.
double upper_share(std::span<const std::int64_t> values, std::int64_t sum) {
  std::int64_t all = 0;
  for (const std::int64_t value : values) all += std::abs(value);
  // share[x]: probability that the values with a plus sign add up to x; the sum is then 2x - all.
  std::vector<double> share(static_cast<std::size_t>(all) + 1);
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
  double upper = 0;
  for (std::int64_t x = all; x >= 0 && 2 * x - all >= sum; --x) upper += share[static_cast<std::size_t>(x)];
  return std::min(1.0, upper);
}

/// p of the differences that a shift of `by` would leave, upwards or downwards.
double shifted(std::span<const double> published, double by, bool upwards) {
  std::vector<double> values;
  for (const double value : published) values.push_back(upwards ? value - by : by - value);
  const double step = step_of(values, kIntervalSteps);
  if (!(step > 0)) return 1;
  const std::vector<std::int64_t> steps = in_steps(values, step);
  return upper_share(steps, std::accumulate(steps.begin(), steps.end(), std::int64_t{0}));
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
  result.p = std::max(upper_share(steps, result.statistic), result.floor);
  const auto n = static_cast<double>(result.units);
  const double mean = std::accumulate(plain.begin(), plain.end(), 0.0) / n;
  result.effect = mean / kTwinUnit;
  result.interval = inverted(plain, mean);
  result.detectable = (quantile(level) + kPowerQuantile) * std::sqrt(squares) / n / kTwinUnit;
  return result;
}

}  // namespace wardmark
