#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "evaluate/breaker.h"
#include "evaluate/cell.h"

namespace wardmark {

/// What is asked.
struct Question {
  std::vector<std::string> networks = {"resnet18"};
  double width = 0.25;
  int epochs = 12;
  int repeats = 1;
  std::vector<BreakerChoice> breakers;
  std::vector<int> shares;      ///< percent protected of mixtures, 1..99
  bool clean_breakers = false;  ///< every breaker on the clean set too: what it costs by itself
  std::uint64_t seed = 0;
};

/// The cells of a question, the most telling first: the clean baseline, no breaker, the breakers, mixtures with their
/// clean parts, breakers on clean data; then the same for further repeats, then for further networks. Without originals
/// there are neither clean cells nor mixtures, nor breakers that need pairs or clean pictures.
std::vector<Cell> grid_of(const Question& question, bool has_clean);

/// The two cells without which there is no answer: the originals and the protected set, first network and repeat.
bool is_first_answer(const Cell& cell, const Question& question);

/// What a step of plain training costs here, measured, for foretelling.
struct Pace {
  std::map<std::string, double> seconds_per_item;  ///< by network: forward, backward and update
};
/// Foretold seconds of a cell on `train_items` pictures (the share of a clean part taken off).
double foretell(const Cell& cell, const Pace& pace, std::size_t train_items, int epochs);

/// A grid cut to a budget.
struct Budgeted {
  std::vector<Cell> cells;      ///< to be done, in order
  std::vector<Cell> left_out;   ///< no time for these
  std::size_t train_items = 0;  ///< fewer than there are where even the first cells would not fit
  double seconds = 0;           ///< foretold for `cells`
};
/// Fits cells (of a grid, or what is left of one) into `seconds` (0: no limit). The first cells (clean, no breaker and
/// the quick breakers of the first repeat and network) are kept by training on fewer pictures, down to 40 % of them;
/// beyond that breakers are left out, and only the two answers that remain go down to `least_items`. Further cells are
/// then taken in order while they fit.
Budgeted fit_budget(const std::vector<Cell>& cells, const Question& question, const Pace& pace, std::size_t train_items,
                    std::size_t least_items, double seconds);

}  // namespace wardmark
