#pragma once
#include <string>

#include "evaluate/summary.h"

namespace wardmark {

/// An SVG with one line a row of the summary: balanced accuracy after the last epoch as a point with its interval, at
/// the best epoch as a ring, on a scale from 0 to 100 %; chance and the clean baseline as vertical lines.
std::string scale_plot(const Summary& summary);

}  // namespace wardmark
