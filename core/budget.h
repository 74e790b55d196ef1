#pragma once
#include <optional>
#include <string_view>
#include <vector>

namespace wardmark {

/// In what a bound on DICOM pixels is given.
enum class Unit {
  stored,      ///< stored steps
  window,      ///< share of the window's width
  hounsfield,  ///< HU, by the rescale slope
};

struct Amount {
  double value = 0;
  Unit unit = Unit::stored;
  double most = 0;  ///< above 0: where `value` is below one stored step, one step that is no larger than this will do
  friend bool operator==(const Amount&, const Amount&) = default;
};

/// How far a released sample may be from the original; kept per sample in stored integers by apply().
struct Budget {
  std::optional<double> epsilon;  ///< share of the full range, in (0, 1]; additive methods only
  std::optional<int> max_change;  ///< stored steps, >= 0; every method

  std::vector<Amount> clinical;  ///< DICOM only: bounds that each frame converts by its own slope

  bool limited() const { return epsilon || max_change || !clinical.empty(); }
  /// Largest change in stored steps for samples of 0..full_range: the smaller of max_change and
  /// floor(epsilon x full_range); full_range where nothing is limited.
  int steps(int full_range) const;
  friend bool operator==(const Budget&, const Budget&) = default;
};

/// "8/255", "0.03" or "1" as a share in (0, 1]. Error(parameter) naming the flag, the value and the range.
double parse_epsilon(std::string_view text);
/// "12" as stored steps, 0..65535. Error(parameter) likewise.
int parse_max_change(std::string_view text);
/// "4HU", "1%window", "8/255window" or "12stored", or a range of them with a lower end, "2/255..4/255window", whose
/// upper end is Amount::most; absent where the text ends in none of these units. Error(parameter) naming `flag` when a
/// number is none above 0, or the ends are in no order.
std::optional<Amount> parse_clinical(std::string_view flag, std::string_view text);

}  // namespace wardmark
