#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace wardmark {

/// What a network is trained on.
enum class Data {
  clean,      ///< the originals
  marked,     ///< the protected set
  mixture,    ///< `share` percent of the items protected, the others clean
  clean_part  ///< the clean items of that mixture alone
};

/// One training run of a study.
struct Cell {
  Data data = Data::marked;
  int share = 100;               ///< percent protected, of mixture and clean_part
  std::string breaker = "none";  ///< BreakerChoice::text(), or "none"
  std::string network;
  int repeat = 0;  ///< the seed is the study's plus this: equal repeats start from the same weights and order

  /// "resnet18, marked, jpeg:10, repeat 0"; unique within a study.
  std::string text() const;
  /// "clean", "marked", "mixture 50 %", "clean part of mixture 50 %".
  std::string data_text() const;
  friend bool operator==(const Cell&, const Cell&) = default;
};

/// How one state of a network did on the clean test set.
struct Reading {
  int epoch = 0;  ///< from 1
  double accuracy = 0, balanced_accuracy = 0, auc = 0;
  std::vector<std::int32_t> predicted;  ///< class by test picture
};

/// What came of a cell.
struct CellResult {
  Cell cell;
  std::size_t train_items = 0;
  int epochs = 0;
  std::uint64_t seed = 0;
  double seconds = 0;
  Reading last;         ///< after the last epoch
  Reading best;         ///< after the epoch that was best on the clean validation set
  std::string compute;  ///< "cpu bf16"
};

/// One JSON object without line end, and back. Error(record_format) for what is no such line.
std::string cell_line(const CellResult& result);
CellResult read_cell_line(std::string_view line);

}  // namespace wardmark
