#include "core/budget.h"

#include <algorithm>
#include <charconv>
#include <string>

#include "core/error.h"

namespace wardmark {
namespace {

template <class T>
std::optional<T> whole(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// "k/n" or a decimal number.
std::optional<double> quotient(std::string_view text) {
  const std::size_t slash = text.find('/');
  std::optional<double> value = whole<double>(text.substr(0, slash));
  if (!value || slash == std::string_view::npos) return value;
  const std::optional<double> divisor = whole<double>(text.substr(slash + 1));
  if (!divisor || !(*divisor > 0)) return std::nullopt;
  return *value / *divisor;
}

struct UnitName {
  std::string_view suffix;
  Unit unit;
  double scale;
};
// The longer of two suffixes first.
constexpr UnitName kUnits[] = {{"%window", Unit::window, 0.01},
                               {"window", Unit::window, 1.0},
                               {"HU", Unit::hounsfield, 1.0},
                               {"stored", Unit::stored, 1.0}};

}  // namespace

int Budget::steps(int full_range) const {
  int steps = full_range;
  if (max_change) steps = std::min(steps, *max_change);
  // k/n of a range that n divides comes out whole: the rounding of quotient and product cancels for 255 and 65535.
  if (epsilon) steps = std::min(steps, static_cast<int>(*epsilon * full_range));
  return std::max(steps, 0);
}

double parse_epsilon(std::string_view text) {
  const std::optional<double> value = quotient(text);
  if (!value || !(*value > 0.0 && *value <= 1.0)) {
    throw Error(Code::parameter, "--epsilon: not a share above 0 and up to 1: " + std::string(text),
                "write a fraction or a decimal number, for example 8/255 or 0.03");
  }
  return *value;
}

int parse_max_change(std::string_view text) {
  const std::optional<int> value = whole<int>(text);
  if (!value || *value < 0 || *value > 65535) {
    throw Error(Code::parameter, "--max-change: not a whole number from 0 to 65535: " + std::string(text),
                "give stored steps, for example 12");
  }
  return *value;
}

std::optional<Amount> parse_clinical(std::string_view flag, std::string_view text) {
  for (const UnitName& row : kUnits) {
    if (!text.ends_with(row.suffix)) continue;
    const std::string_view number = text.substr(0, text.size() - row.suffix.size());
    const std::size_t dots = number.find("..");
    const auto value = quotient(number.substr(0, dots));
    const auto most = dots == std::string_view::npos ? std::optional(0.0) : quotient(number.substr(dots + 2));
    const bool ordered = dots == std::string_view::npos || (value && most && *most > *value);
    if (!ordered || !value || !(*value > 0.0 && std::max(*value, *most) * row.scale <= 65535.0)) {
      throw Error(Code::parameter, std::string(flag) + ": no number above 0 before its unit: " + std::string(text),
                  "for example 4HU, 1%window, 8/255window or 12stored");
    }
    return Amount{*value * row.scale, row.unit, *most * row.scale};
  }
  return std::nullopt;
}

}  // namespace wardmark
