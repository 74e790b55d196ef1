#include "models/schedule.h"

#include <cmath>
#include <numbers>
#include <string>

#include "core/error.h"

namespace wardmark {
namespace {

constexpr double kStart = 25;          // peak / start
constexpr double kEnd = kStart * 1e4;  // peak / end
constexpr double kRising = 0.3;

// From `a` at share 0 to `b` at share 1 along half a cosine.
double between(double a, double b, double share) { return b + (a - b) / 2 * (1 + std::cos(std::numbers::pi * share)); }

}  // namespace

std::string_view name(Decay decay) { return decay == Decay::one_cycle ? "one-cycle" : "cosine"; }

Decay parse_decay(std::string_view text) {
  if (text == "one-cycle") return Decay::one_cycle;
  if (text == "cosine") return Decay::cosine;
  throw Error(Code::parameter, "--schedule: \"" + std::string(text) + "\" is not known",
              "choose one of: one-cycle cosine");
}

double learning_rate(Decay decay, double peak, std::int64_t step, std::int64_t steps) {
  const auto at = static_cast<double>(step), all = static_cast<double>(steps);
  if (decay == Decay::cosine) return between(peak, 0, at / all);
  // The top is a step, not a moment; runs of a few steps may have no rise at all.
  const double top = kRising * all - 1;
  if (at <= top) return top > 0 ? between(peak / kStart, peak, at / top) : peak;
  const double first = top > 0 ? top : 0;
  return all - 1 > first ? between(peak, peak / kEnd, (at - first) / (all - 1 - first)) : peak;
}

}  // namespace wardmark
