#pragma once
#include <string>
#include <vector>

#include "verify/response_table.h"
#include "verify/shortcut_test.h"
#include "verify/twin_test.h"

namespace wardmark {

/// How all that could have been drawn is spread by effect, and where the draw that was made is.
struct NullSpread {
  std::vector<double> shares;  ///< equal bins from `low` to `high`
  double low = 0, high = 0, effect = 0;
  std::string what;  ///< of the axis: "effect of a configuration"
  std::string says;  ///< the picture in words
};
NullSpread null_spread(const ShortcutResult& result);
NullSpread null_spread(const TwinResult& result);

/// An SVG of it. Shares stand on a scale of logarithms: the rare ones are what the test is about. Empty where there is
/// nothing to show.
std::string null_histogram(const NullSpread& spread, Access access);

/// An HTML table of the released key: the mark of a class a row, what the suspect answered a column, shares in percent
/// or log-odds above the lowest; the own mark of each class in bold within a frame, all shaded by value.
std::string answer_map(const ResponseTable& table, const DrawnMarks& marks, const std::vector<std::string>& classes);

}  // namespace wardmark
