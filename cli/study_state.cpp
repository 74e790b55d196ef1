#include "cli/study_state.h"

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "io/atomic_file.h"
#include "io/item_id.h"

namespace wardmark {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr auto kStudy = "study.json";
constexpr auto kCells = "cells.jsonl";
constexpr auto kCheckpoint = "running.checkpoint";

/// The first line of a checkpoint file says whose it is.
std::string checkpoint_head(const Cell& cell) { return "wardmark checkpoint of " + cell.text() + "\n"; }

}  // namespace

void StudyState::open(const std::string& identity, bool resume, bool overwrite) {
  identity_ = identity;
  const fs::path study = folder_ / kStudy;
  if (fs::exists(study) && !resume && !overwrite) {
    throw Error(Code::output_exists, shown(folder_) + ": holds an earlier study",
                "give --resume to continue it, --overwrite to start anew, or another --state");
  }
  fs::create_directories(folder_);
  if (overwrite) {
    for (const char* name : {kStudy, kCells, kCheckpoint}) fs::remove(folder_ / name);
  }
  remove_asides(folder_);
  if (resume && fs::exists(study)) {
    const json row = json::parse(text_of(read_file(study)), nullptr, false);
    if (row.is_discarded() || row.value("identity", "") != identity) {
      throw Error(Code::recipe_changed, shown(folder_) + ": is a study of other data or other options",
                  "repeat the command as it was, or give another --state");
    }
    train_items_ = row.value("train_items", std::size_t{0});
    const Bytes text = fs::exists(folder_ / kCells) ? read_file(folder_ / kCells) : Bytes();
    std::size_t at = 0;
    while (at < text.size()) {
      const std::string_view rest = text_of(text).substr(at);
      const std::size_t end = rest.find('\n');
      if (end == std::string_view::npos) break;
      done_.push_back(read_cell_line(rest.substr(0, end)));
      at += end + 1;
    }
    return;
  }
  write_study();
}

void StudyState::settle(std::size_t train_items) {
  train_items_ = train_items;
  write_study();
}

void StudyState::write_study() const {
  const json row{{"schema", "wardmark.study/1"}, {"identity", identity_}, {"train_items", train_items_}};
  write_file(folder_ / kStudy, bytes_of(row.dump() + "\n"));
}

void StudyState::add(const std::vector<CellResult>& results) {
  done_.insert(done_.end(), results.begin(), results.end());
  write_cells();
  std::error_code ignored;
  fs::remove(folder_ / kCheckpoint, ignored);
}

void StudyState::write_cells() const {
  std::string text;
  for (const CellResult& result : done_) text += cell_line(result) + "\n";
  write_file(folder_ / kCells, bytes_of(text));
}

Bytes StudyState::checkpoint(const Cell& cell) const {
  const fs::path file = folder_ / kCheckpoint;
  if (!fs::exists(file)) return {};
  const Bytes all = read_file(file);
  const std::string head = checkpoint_head(cell);
  if (!text_of(all).starts_with(head)) return {};
  return Bytes(all.begin() + static_cast<std::ptrdiff_t>(head.size()), all.end());
}

void StudyState::keep_checkpoint(const Cell& cell, const Bytes& bytes) const {
  const std::string head = checkpoint_head(cell);
  Bytes all(head.begin(), head.end());
  all.insert(all.end(), bytes.begin(), bytes.end());
  write_file(folder_ / kCheckpoint, all);
}

}  // namespace wardmark
