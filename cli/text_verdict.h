#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/suspect_verdict.h"
#include "cli/text_test.h"

namespace wardmark {

/// One of the tests of a text model with its outcome.
struct TextFinding {
  std::string test;  ///< "last-2", "rank"
  double p = 1;
  double adjusted = 1;  ///< by Holm over all tests of this run
  double floor = 1;
  std::optional<LastWordsResult> last;
  std::optional<RankResult> rank;
};

/// What the report may show of one sentence; its words only with --show-marks.
struct TextRow {
  std::uint32_t sentence = 0;
  std::vector<std::uint32_t> hits;  ///< prompts answered right, by last words test
  std::uint32_t rank = 0;           ///< 0: not ranked
  std::string words;                ///< empty: not to be shown
};

/// All that a verdict about a text model states; its `queries` are the prompts and items asked.
struct TextVerdict : TestFacts {
  std::string name, reference;
  std::vector<TextFinding> findings;
  std::vector<std::string> left_out;  ///< tests that could not be made, with the reason
  std::vector<TextRow> rows;
  TextChoice choice;
  std::uint64_t list = 0;                     ///< words of the pinned list
  std::uint32_t words = 0;                    ///< a sentence
  std::uint32_t pool = 0;                     ///< candidates a sentence
  std::uint32_t sentences = 0, released = 0;  ///< asked about; of the release
  std::uint64_t prompts = 0, items = 0;       ///< asked
  std::vector<std::uint32_t> earlier;         ///< by last words test: guesses a sentence in earlier runs
  double repeat_spread = 0;                   ///< largest difference of a score when asked again
  double p() const;                           ///< the smallest adjusted one
  bool evidence() const { return p() <= level; }
};

/// Adjusts the p of all findings by Holm (1979), valid whatever their dependence.
void adjust(std::vector<TextFinding>& findings);

/// The effect of a rank test in its own unit.
std::string rank_unit(const TextChoice& choice, double value);

std::string verdict_text(const TextVerdict& verdict);
std::string verdict_json(const TextVerdict& verdict);
/// A page that says all of it in words, figures and a plot.
std::string verdict_page(const TextVerdict& verdict);

}  // namespace wardmark
