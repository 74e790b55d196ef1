#pragma once
#include <optional>
#include <string_view>

namespace wardmark {

/// How far a released sample may be from the original; kept per sample in stored integers by apply().
struct Budget {
  std::optional<double> epsilon;  ///< share of the full range, in (0, 1]; additive methods only
  std::optional<int> max_change;  ///< stored steps, >= 0; every method

  bool limited() const { return epsilon || max_change; }
  /// Largest change in stored steps for samples of 0..full_range: the smaller of max_change and
  /// floor(epsilon x full_range); full_range where nothing is limited.
  int steps(int full_range) const;
  friend bool operator==(const Budget&, const Budget&) = default;
};

/// "8/255", "0.03" or "1" as a share in (0, 1]. Error(parameter) naming the flag, the value and the range.
double parse_epsilon(std::string_view text);
/// "12" as stored steps, 0..65535. Error(parameter) likewise.
int parse_max_change(std::string_view text);

}  // namespace wardmark
