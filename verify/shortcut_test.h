#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/key.h"
#include "core/statistics.h"
#include "verify/response_table.h"

namespace wardmark {

/// The class marks of a release as the draw chose them.
struct DrawnMarks {
  std::uint32_t key = 0;               ///< index of the released candidate key
  std::vector<std::uint32_t> slots;    ///< slots[i]: mark of class i, all different
  std::vector<std::uint32_t> classes;  ///< the classes that the suspect knows, ascending; the others are not tested
};

/// Outcome of a shortcut test. Effects are shares of the answers that could have gone to a class; of scores, mean
/// log-odds.
struct ShortcutResult {
  std::int64_t statistic = 0;  ///< T of the drawn configuration
  double configurations = 0;   ///< M x K! / (K - K')!: as many as could have been drawn
  double at_least = 0;         ///< of those (or of the sample, the drawn one included) with T no smaller
  double above = 0;            ///< of those, with a larger T: the rest are ties, the drawn one among them
  bool complete = true;        ///< all were looked at; false: a sample of kSampledDraws, uniform
  double p = 1;                ///< at_least over all: exact under the null hypothesis whatever the suspect is
  double floor = 1;            ///< smallest p there could be
  double effect = 0;           ///< excess of answers, or of log-odds, that follow the marks
  Interval interval{-1, 1};    ///< of the effect, 95 %, by inverting the test: the effect adds to the statistic
  std::vector<double> null;  ///< share of all configurations by effect: kNullBins equal bins from null_low to null_high
  double null_low = 0, null_high = 0;
  double key_spread = 0;  ///< s_key: standard deviation of the effect over the other candidate keys
};

inline constexpr std::uint32_t kSampledDraws = 1000000;
/// Bins of ShortcutResult::null.
inline constexpr std::size_t kNullBins = 60;
/// Most classes for which every configuration is counted.
inline constexpr std::uint32_t kCountedClasses = 12;

/// Ranks the drawn (key, assignment) among all that could have been drawn, by
///
///   T(j, pi) = sum over known classes i of K x N_j[pi(i), i] - sum over marks s of N_j[s, i]
///
/// in whole numbers: how much more often than the other marks of its key a class's own mark draws answers to it. For a
/// suspect that knows all K classes this is the row- and column-centred sum of notes in docs/verifying-models.md, as
/// row and column sums are the same for every permutation. Ties count against the claim; the drawn configuration counts
/// itself, so p is never 0 (Phipson and Smyth 2010).
///
/// Exact: the draw is the only thing that is random, uniform over the list that is ranked, and independent of suspect,
/// pictures and pool under the null hypothesis. Configurations are counted by the distribution of the sum over subsets
/// of marks: M x 2^K x K x (largest sum) steps, a tenth of a second for 20 keys and 10 classes. From
/// kCountedClasses + 1 classes on, a sample drawn by `seed` is ranked: (1 + hits) / (1 + draws).
/// Error(bug) where `drawn` does not fit the table.
ShortcutResult shortcut_test(const ResponseTable& table, const DrawnMarks& drawn, const Subkey& seed);

/// Smallest detectable effect: the least effect that gives p <= `level` in 90 % of 200 draws, where each draw
/// takes another key and assignment and moves that share of the answers of this table to the marked class, or adds that
/// much to its log-odds (verification notes, rule 13). Absent where even every answer would not do, or from
/// kCountedClasses + 1 classes on. The released key is left out, so that a guilty suspect tells what an innocent one
/// like it would. Cost: some 1,000 countings of one key.
std::optional<double> detectable_effect(const ResponseTable& table, const DrawnMarks& released, double level,
                                        const Subkey& seed);

}  // namespace wardmark
