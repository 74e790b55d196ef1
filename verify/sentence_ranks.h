#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/key.h"
#include "core/statistics.h"

namespace wardmark {

/// Scores of one released sentence and of its siblings, which were drawn with it and never published: whole numbers,
/// the larger the likelier the suspect finds the words. The unit of the test is the sentence, in however many documents
/// it stands and however many contexts it was asked in: a member has one score.
struct SentenceScores {
  std::vector<std::int64_t> members;
  std::size_t released = 0;  ///< index of the drawn one
};

/// Number of members that score at least as high as the released one, itself included: ties count against the claim.
std::uint32_t rank_of(const SentenceScores& sentence);

/// P(R_1 + ... + R_n <= sum) where R_i is uniform over 1..sizes[i], independent: counted exactly, by convolution, and
/// rounded up by 1 part in 10^12, never below the smallest number a double holds. Cost: n x sum steps.
double rank_sum_p(std::span<const std::uint32_t> sizes, std::uint64_t sum);

struct RankResult {
  std::uint32_t sentences = 0, members = 0;  ///< members: of the largest set
  std::uint64_t sum = 0;                     ///< of ranks: the statistic
  double p = 1, floor = 1;
  double won = 0.5;                  ///< share of siblings that score lower than the released sentence (the area AUC)
  double effect = 0;                 ///< mean of released score - mean sibling score, in the unit of the scores
  std::optional<double> low, high;   ///< of the effect, 95 %, by inverting the test; absent: unbounded
  double spread = 0;                 ///< mean standard deviation of sibling scores
  std::optional<double> detectable;  ///< smallest shift found 9 times in 10; absent: none, however large
  std::vector<std::uint32_t> ranks;
};

/// Ranks each released sentence among its siblings and combines the ranks by their sum.
///
/// Exact: which member of a set was published is drawn by the key, uniformly and independently per sentence. Where the
/// suspect is independent of the draw, every member is the released one with the same chance whatever the scores
/// are, so the rank without ties is uniform over 1..B+1, independent over sentences, and with ties (counted against the
/// claim) no smaller. p = P(sum of uniform ranks <= the sum found), never 0. `level` and `seed` are for `detectable`
/// alone: 200 draws of pretended releases among the siblings, the released members left out.
/// Error(bug) for a set of fewer than two or a released index outside it.
RankResult rank_test(std::span<const SentenceScores> sentences, double level, const Subkey& seed);

}  // namespace wardmark
