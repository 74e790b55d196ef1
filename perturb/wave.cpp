#include "perturb/wave.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace wardmark {
namespace {

constexpr double kTwoPi = 6.28318530717958647692;

/// 1 / ((2k + 1) (2k + 2)) for k = 0..8.
constexpr auto kSteps = [] {
  std::array<double, 9> steps{};
  for (std::size_t k = 0; k < steps.size(); ++k) steps[k] = 1.0 / static_cast<double>((2 * k + 1) * (2 * k + 2));
  return steps;
}();

}  // namespace

double written_cosine(double turns) {
  double t = turns - static_cast<double>(static_cast<std::int64_t>(turns));  // -1..1
  if (t < 0) t = -t;
  if (t > 0.5) t = 1 - t;
  const bool negative = t > 0.25;
  if (negative) t = 0.5 - t;
  const double angle = kTwoPi * t;
  const double z = angle * angle;
  // 1 - z/(1 2) (1 - z/(3 4) (1 - ...))
  double sum = 1;
  for (std::size_t k = kSteps.size(); k-- > 0;) sum = 1 - z * kSteps[k] * sum;
  return negative ? -sum : sum;
}

double written_sine(double turns) { return written_cosine(turns - 0.25); }

}  // namespace wardmark
