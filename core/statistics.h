#pragma once
#include <cstdint>

namespace wardmark {

/// Exact upper tail P(X >= hits) of a binomial with n trials and success probability q (0..1).
double binomial_upper_tail(std::uint64_t hits, std::uint64_t n, double q);

/// Clopper-Pearson interval of a proportion at the given two-sided level, e.g. 0.95.
struct Interval {
  double low = 0.0;
  double high = 1.0;
};
Interval clopper_pearson(std::uint64_t hits, std::uint64_t n, double level);

/// p of a randomisation test over a fixed list of `total` equally likely configurations of which `at_least` (the drawn
/// one included, ties counted) score at least as high: at_least / total, never 0 (Phipson and Smyth 2010).
double rank_p_value(std::uint64_t at_least, std::uint64_t total);

/// Smallest p a shortcut test can give: 1 / (pool x classes!) (notes in docs/formats.md, "Draw").
double smallest_p(std::uint64_t pool, std::uint64_t classes);

}  // namespace wardmark
