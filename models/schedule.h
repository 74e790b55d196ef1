#pragma once
#include <cstdint>
#include <string_view>

namespace wardmark {

/// How the learning rate moves over a run.
enum class Decay {
  one_cycle,  ///< torch's OneCycleLR: up from peak / 25 over 30 % of the steps, down to peak / 250000, both by a cosine
  cosine,     ///< torch's CosineAnnealingLR: from the peak to 0
};
std::string_view name(Decay decay);
/// "one-cycle" or "cosine"; Error(parameter) otherwise.
Decay parse_decay(std::string_view text);

/// The learning rate of step `step` of `steps`, counted from 0.
double learning_rate(Decay decay, double peak, std::int64_t step, std::int64_t steps);

}  // namespace wardmark
