#pragma once
#include <string>
#include <utility>
#include <vector>

#include "evaluate/summary.h"

namespace wardmark {

/// Pictures of one item, as PNG files.
struct Example {
  std::string name;                                 ///< its class
  std::vector<std::uint8_t> clean, marked, change;  ///< the change is drawn enlarged around grey; empty: not there
};

/// What the page says beside the summary.
struct ReportFacts {
  std::string title;                                       ///< "Evaluation of out/"
  std::vector<std::pair<std::string, std::string>> facts;  ///< name, value: data, counts, command, seeds, machine
  std::vector<std::string> warnings;
  std::vector<std::string> left_out;  ///< cells there was no time for
  std::vector<Example> examples;
  int change_factor = 8;
};

/// One page that needs nothing else: styles, plots (SVG) and pictures (data URIs) are inside, no script, nothing is
/// loaded; readable in print. All names are escaped.
std::string html_report(const Summary& summary, const ReportFacts& facts);

}  // namespace wardmark
