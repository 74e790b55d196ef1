#pragma once
#include <string>
#include <vector>

#include "verify/response_table.h"
#include "verify/shortcut_test.h"

namespace wardmark {

/// An SVG of how all configurations that could have been drawn are spread by effect, and where the drawn one is. Shares
/// stand on a scale of logarithms: the rare ones are what the test is about.
std::string null_histogram(const ShortcutResult& result, Access access);

/// An HTML table of the released key: the mark of a class a row, what the suspect answered a column, shares in percent
/// or log-odds above the lowest; the own mark of each class in bold within a frame, all shaded by value.
std::string answer_map(const ResponseTable& table, const DrawnMarks& marks, const std::vector<std::string>& classes);

}  // namespace wardmark
