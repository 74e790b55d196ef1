#include "cli/calibration_table.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "core/error.h"
#include "io/item_id.h"
#include "verify/calibration.h"

namespace wardmark {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

std::string line_of(const CalibrationRow& row) {
  std::string line = row.suspect + "\t" + std::to_string(row.trial);
  for (const double p : row.p) {
    char text[32];
    std::snprintf(text, sizeof text, "\t%.9g", p);
    line += text;
  }
  return line + "\n";
}

std::string text_line(const std::string& what, const Calibration& c, std::string_view verdict) {
  char text[256];
  std::snprintf(text, sizeof text, "%-28s %6llu %6llu (%llu) %6llu (%llu)   %.4f (%.4f)  ", what.c_str(),
                static_cast<unsigned long long>(c.trials), static_cast<unsigned long long>(c.levels[0].found),
                static_cast<unsigned long long>(c.levels[0].most), static_cast<unsigned long long>(c.levels[1].found),
                static_cast<unsigned long long>(c.levels[1].most), c.distance, c.most_distance);
  return text + std::string(verdict) + "\n";
}

json json_of(const std::string& what, const Calibration& c) {
  return {{"what", what},
          {"trials", c.trials},
          {"at_005", c.levels[0].found},
          {"most_005", c.levels[0].most},
          {"at_001", c.levels[1].found},
          {"most_001", c.levels[1].most},
          {"distance", c.distance},
          {"most_distance", c.most_distance},
          {"holds", c.holds()}};
}

}  // namespace

CalibrationTable::CalibrationTable(std::vector<CalibrationColumn> columns, const std::string& file)
    : columns_(std::move(columns)) {
  if (file.empty()) return;
  if (fs::exists(file))
    read(file);
  else
    write_file(file, bytes_of(heading()));
  std::uint64_t size = heading().size();
  for (const CalibrationRow& row : rows_) size += line_of(row).size();
  file_.emplace(file, size, 0644);
}

std::string CalibrationTable::heading() const {
  std::string line = "suspect\ttrial";
  for (const CalibrationColumn& column : columns_) line += "\t" + column.name;
  return line + "\n";
}

void CalibrationTable::read(const std::string& file) {
  const Bytes bytes = read_file(file);
  std::string_view text = text_of(ByteView(bytes));
  if (!text.starts_with(heading()))
    throw Error(Code::record_format, shown(file) + ": is no table of a calibration", "name another --table");
  text.remove_prefix(heading().size());
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) break;
    std::istringstream line{std::string(text.substr(0, end))};
    CalibrationRow row{{}, 0, std::vector<double>(columns_.size())};
    std::getline(line, row.suspect, '\t');
    line >> row.trial;
    for (double& p : row.p) line >> p;
    if (!line) throw Error(Code::record_format, shown(file) + ": a line is damaged");
    rows_.push_back(std::move(row));
    text.remove_prefix(end + 1);
  }
}

bool CalibrationTable::has(const std::string& suspect, std::uint64_t trial) const {
  return std::ranges::any_of(rows_,
                             [&](const CalibrationRow& row) { return row.suspect == suspect && row.trial == trial; });
}

void CalibrationTable::add(CalibrationRow row) {
  if (file_) file_->append(bytes_of(line_of(row)));
  rows_.push_back(std::move(row));
}

std::vector<double> CalibrationTable::column(std::size_t k, const std::string& suspect) const {
  std::vector<double> p;
  for (const CalibrationRow& row : rows_) {
    if (suspect.empty() || row.suspect == suspect) p.push_back(row.p[k]);
  }
  return p;
}

bool CalibrationTable::report(Console& console) const {
  bool good = true;
  json all = json::array(), each = json::array();
  std::string text = "                             trials  p<=0.05 (at most)  p<=0.01 (at most)  distance (at most)\n";
  for (std::size_t k = 0; k < columns_.size(); ++k) {
    const Calibration c = calibrate(column(k));
    const bool fault = columns_[k].fault;
    good = good && c.holds() != fault;
    const char* verdict =
        c.holds() ? (fault ? "NOT FOUND OUT" : "holds") : (fault ? "found out, as it must be" : "REJECTED");
    text += text_line((fault ? "fault: " : "") + columns_[k].name, c, verdict);
    all.push_back(json_of(columns_[k].name, c));
  }
  std::vector<std::string> suspects;
  for (const CalibrationRow& row : rows_) {
    if (std::ranges::find(suspects, row.suspect) == suspects.end()) suspects.push_back(row.suspect);
  }
  for (const std::string& suspect : suspects) {
    const Calibration c = calibrate(column(0, suspect));
    text += text_line(printable(suspect), c, c.holds() ? "holds" : "above");
    each.push_back(json_of(suspect, c));
  }
  text += good ? "the test leaves innocent models alone, and every planted fault is found out\n"
               : "the figures are not those of a right test, or there are too few trials to find the faults out\n";
  console.result(
      console.style().json
          ? json{{"schema", "wardmark.calibration/1"}, {"holds", good}, {"procedures", all}, {"suspects", each}}.dump(
                -1, ' ', false, json::error_handler_t::replace) +
                "\n"
          : text);
  return good;
}

}  // namespace wardmark
