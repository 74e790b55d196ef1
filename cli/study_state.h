#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "cli/study_folder.h"
#include "core/bytes.h"
#include "evaluate/cell.h"

namespace wardmark {

/// The folder in which a study keeps what it has done: study.json (what it is a study of), cells.jsonl (a line a cell
/// done), running.checkpoint (the cell under way). Files appear complete or not at all, so a study that was killed goes
/// on where it was. One process at a time.
class StudyState {
 public:
  explicit StudyState(std::filesystem::path folder) : folder_(std::move(folder)) {}
  const std::filesystem::path& folder() const { return folder_.path(); }

  /// Takes the folder for the study of that identity, as StudyFolder::open(); with `resume` its cells are read.
  void open(const std::string& identity, bool resume, bool overwrite);
  const std::vector<CellResult>& done() const { return done_; }
  /// Pictures trained on, as an earlier run settled it; 0 where there was none.
  std::size_t train_items() const { return train_items_; }
  void settle(std::size_t train_items);

  /// What came of one run: all of it is kept or nothing.
  void add(const std::vector<CellResult>& results);
  /// The checkpoint of this cell, or nothing.
  Bytes checkpoint(const Cell& cell) const { return folder_.checkpoint(cell.text()); }
  void keep_checkpoint(const Cell& cell, const Bytes& bytes) const { folder_.keep_checkpoint(cell.text(), bytes); }

 private:
  void write_cells() const;
  StudyFolder folder_;
  std::size_t train_items_ = 0;
  std::vector<CellResult> done_;
};

}  // namespace wardmark
