#include "cli/study_state.h"

#include <nlohmann/json.hpp>

#include "io/atomic_file.h"

namespace wardmark {
namespace {

using nlohmann::json;

constexpr auto kCells = "cells.jsonl";

}  // namespace

void StudyState::open(const std::string& identity, bool resume, bool overwrite) {
  if (!folder_.open(identity, resume, overwrite, {kCells})) return;
  train_items_ = json::parse(folder_.facts()).value("train_items", std::size_t{0});
  const std::filesystem::path cells = folder() / kCells;
  const Bytes text = std::filesystem::exists(cells) ? read_file(cells) : Bytes();
  std::size_t at = 0;
  while (at < text.size()) {
    const std::string_view rest = text_of(text).substr(at);
    const std::size_t end = rest.find('\n');
    if (end == std::string_view::npos) break;
    done_.push_back(read_cell_line(rest.substr(0, end)));
    at += end + 1;
  }
}

void StudyState::settle(std::size_t train_items) {
  train_items_ = train_items;
  folder_.write_facts(json{{"train_items", train_items_}}.dump());
}

void StudyState::add(const std::vector<CellResult>& results) {
  done_.insert(done_.end(), results.begin(), results.end());
  write_cells();
  folder_.drop_checkpoint();
}

void StudyState::write_cells() const {
  std::string text;
  for (const CellResult& result : done_) text += cell_line(result) + "\n";
  write_file(folder() / kCells, bytes_of(text));
}

}  // namespace wardmark
