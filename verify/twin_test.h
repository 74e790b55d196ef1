#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "core/statistics.h"
#include "verify/answers.h"
#include "verify/question_order.h"
#include "verify/shortcut_test.h"

namespace wardmark {

/// Thousandths: of log-odds, or of an answer.
inline constexpr double kTwinUnit = 1000;

/// For each picture how much more a suspect takes version 1 for the picture's own class than version 0, in thousandths:
/// of its log-odds, or 1000, 0 or -1000 where it gives labels. The questions' keys are one, their marks the versions.
/// Knows no coin: the first phase of a test of twins (docs/verifying-models.md, "Twins").
/// `of_class`, `meant`: as for table_of(). A picture of a class that the suspect does not know makes no difference.
std::vector<std::int64_t> twin_differences(const QuestionOrder& order, const Answers& answers,
                                           std::span<const std::uint32_t> of_class,
                                           std::span<const std::uint32_t> meant);

/// Outcome of a test of twins. Effects are means over the units, in log-odds or answers.
struct TwinResult {
  std::uint64_t units = 0;     ///< coins
  std::uint64_t telling = 0;   ///< of which the two versions are not the same to the suspect
  std::int64_t statistic = 0;  ///< sum of published less unpublished, in steps
  double step = 1;             ///< thousandths a step: 1 unless the sum is large
  double p = 1;                ///< share of all coin sequences with a sum at least as high: exact
  double floor = 1;            ///< 2 ^ -telling: smallest p there could be
  double effect = 0;           ///< published over unpublished
  Interval interval;           ///< 95 %, by inverting the test
  double detectable = 0;       ///< effect found 9 times in 10 at `level`, by the normal approximation
  std::vector<double> null;    ///< share of all coin sequences by effect: kNullBins equal bins around 0
  double null_high = 0;        ///< upper end of the last bin; the lower end of the first is its negative
};

/// Ranks the coins that were tossed among all that could have been. `differences[u]`: of unit u, version 1 over
/// version 0, in thousandths; items that share a coin are one unit, their sum. `coins[u]`: the published version.
///
/// Exact: under the null hypothesis suspect and differences are independent of the coins, which are fair and
/// independent, so all 2^units sequences are alike; the sum's distribution is counted, not sampled, over differences
/// that were rounded to steps before any coin was looked at. Ties count against the claim. Cost: units x 200,000 steps.
/// Error(bug) when the two are not as many, or a coin is neither 0 nor 1.
TwinResult twin_test(std::span<const std::int64_t> differences, std::span<const int> coins, double level);

}  // namespace wardmark
