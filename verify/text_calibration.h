#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "core/key.h"

namespace wardmark {

/// The rank test of sentences as it is, and tests that were made wrong on purpose: those must be found out. All but the
/// first break ties by a coin, so that a right test is uniform.
enum class TextProcedure {
  proper,      ///< rank_sum_p() of rank_of(): ties count against the claim
  randomised,  ///< the same with ties, within a set and of the sum, broken by a coin
  redrawn,     ///< fault: the owner draws 20 times and keeps the best
  filtered,    ///< fault: the half of the sentences that rank best is told, as if there were no others
  copies,      ///< fault: every context of a sentence counts as a sentence of its own
};
inline constexpr std::size_t kTextProcedures = 5;
std::string_view name(TextProcedure procedure);
inline bool is_fault(TextProcedure procedure) { return procedure >= TextProcedure::redrawn; }

/// Scores of one set of sentences, of which one was drawn: [member][context], the larger the likelier.
struct SetScores {
  std::vector<std::vector<std::int64_t>> members;
  std::size_t released = 0;  ///< drawn by the trial's own key
};

/// p of each procedure for one innocent suspect and one fresh pool. `draw_key` makes the coins, and the further draws
/// of an owner who cheats; it must be independent of everything else. Error(bug) for sets of fewer than two or of
/// different numbers of contexts.
std::array<double, kTextProcedures> text_calibration_trial(std::span<const SetScores> sets, const Subkey& draw_key);

}  // namespace wardmark
