#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "evaluate/breaker.h"
#include "evaluate/cell.h"
#include "evaluate/scores.h"

namespace wardmark {

/// Repeats of one cell taken together.
struct Figure {
  double mean = 0;
  double least = 0, most = 0;  ///< over repeats
  Interval interval;           ///< 95 %, over test pictures and repeats together
};

/// One row of the table: all repeats of a network, a kind of data and a breaker.
struct Row {
  Cell cell;  ///< of the first repeat
  int repeats = 0;
  std::size_t train_items = 0;
  double seconds = 0;            ///< of all repeats
  Figure last, best;             ///< balanced accuracy after the last epoch, and at the best one by the validation set
  double accuracy = 0, auc = 0;  ///< means, last epoch
  double best_accuracy = 0, best_auc = 0;  ///< means, best epoch
  bool headline = false;                   ///< the strongest of those that use the protected data alone
};

/// What a study says.
struct Summary {
  std::vector<Row> rows;  ///< in the order of the grid
  std::size_t test_items = 0, validation_items = 0;
  double majority_rate = 0;  ///< accuracy of the answer that is always the most frequent class
  double chance = 0;         ///< balanced accuracy of any constant answer: 1 / classes
  /// Balanced accuracy, the larger of last and best epoch, of the row that gets most out of the protected data alone
  /// (no clean pictures but the validation set), over all networks. Index into rows.
  std::optional<std::size_t> worst;
  std::optional<std::size_t> clean;  ///< the clean baseline of the same network
  /// Share of what the clean baseline learns above chance that the worst case still learns: 1 is no protection.
  std::optional<double> learned_share;
};

/// `labels`: of the test set. Interval: bootstrap of 1,000 draws, each a repeat and the test pictures with replacement.
Summary summarise(const std::vector<CellResult>& results, const std::vector<std::int64_t>& labels, std::size_t classes,
                  std::size_t validation_items);

/// The table as text, for a terminal: one line a row, percent.
std::string summary_text(const Summary& summary);

}  // namespace wardmark
