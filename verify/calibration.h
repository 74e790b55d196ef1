#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "core/key.h"
#include "verify/answers.h"
#include "verify/question_order.h"

namespace wardmark {

/// The test as it is, and tests that were made wrong on purpose: those must be found out (verification notes, rule 10).
/// The last three break ties by a coin, as `randomised` does.
enum class Procedure {
  proper,      ///< shortcut_test()
  randomised,  ///< the same with ties broken by a coin: uniform, where the proper p may only be larger
  redrawn,     ///< fault: the owner draws 20 times and keeps the best
  filtered,    ///< fault: test pictures chosen with the draw in sight, the half that follows it most
  reseeded,    ///< fault: 99 sampled configurations, ten times, the best p of them
  permuted,    ///< fault: answers exchanged picture by picture, though the key drew one mark for all of them
};
inline constexpr std::size_t kProcedures = 6;
std::string_view name(Procedure procedure);
inline bool is_fault(Procedure procedure) { return procedure >= Procedure::redrawn; }

/// p of each procedure for one innocent suspect and one fresh pool.
using CalibrationTrial = std::array<double, kProcedures>;

/// Draws key and assignment by `draw_key`, which must be independent of everything else, and ranks them by every
/// procedure. Answers are labels; `meant` as for table_of(). Error(no_test) when the suspect knows fewer than two
/// classes. Cost: a few shortcut tests, and 199 x answers of one key.
CalibrationTrial calibration_trial(const QuestionOrder& order, const Answers& answers,
                                   std::span<const std::uint32_t> of_class, std::span<const std::uint32_t> meant,
                                   const Subkey& draw_key);

/// How p of innocent suspects are spread.
struct Calibration {
  struct Level {
    double level = 0;
    std::uint64_t found = 0;  ///< p <= level
    std::uint64_t most = 0;   ///< a right test stays at or below it 99 times in 100, at each level
  };
  std::uint64_t trials = 0;
  std::array<Level, 2> levels;  ///< 0.05 and 0.01
  double distance = 0;          ///< largest excess of the share of p <= x over x (one-sided Kolmogorov-Smirnov)
  double most_distance = 0;     ///< its 5 % limit (Smirnov 1944, asymptotic)
  bool holds() const;
};
Calibration calibrate(std::span<const double> p);

}  // namespace wardmark
