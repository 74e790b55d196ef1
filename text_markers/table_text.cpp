#include "text_markers/table_text.h"

#include <algorithm>
#include <charconv>
#include <string>

namespace wardmark {
namespace {

std::string quoted_decode(std::string_view stored) {
  std::string text;
  for (std::size_t at = 0; at < stored.size(); ++at) {
    text.push_back(stored[at]);
    if (stored[at] == '"') ++at;  // doubled
  }
  return text;
}

std::size_t quoted_offset(std::string_view stored, std::size_t offset) {
  std::size_t at = 0;
  for (std::size_t decoded = 0; decoded < offset && at < stored.size(); ++decoded) at += stored[at] == '"' ? 2 : 1;
  return std::min(at, stored.size());
}

std::string quoted_encode(std::string_view text) {
  std::string stored;
  for (const char c : text) {
    stored += c;
    if (c == '"') stored += '"';
  }
  return stored;
}

std::string bare_decode(std::string_view stored) { return std::string(stored); }
std::size_t bare_offset(std::string_view, std::size_t offset) { return offset; }
std::string bare_encode(std::string_view text) {
  return text.find_first_of(",;\t\"\r\n") == std::string_view::npos ? std::string(text) : std::string();
}

std::string tab_encode(std::string_view text) {
  return text.find_first_of("\t\r\n") == std::string_view::npos ? std::string(text) : std::string();
}

constexpr FieldCoding kQuoted{quoted_decode, quoted_offset, quoted_encode};
constexpr FieldCoding kBare{bare_decode, bare_offset, bare_encode};
constexpr FieldCoding kTab{bare_decode, bare_offset, tab_encode};

struct Cell {
  std::size_t begin = 0;
  std::size_t end = 0;  ///< without quotes around it
  bool quoted = false;
};

/// Reads one row after another.
class Rows {
 public:
  Rows(std::string_view file, char delimiter, bool quotes) : file_(file), delimiter_(delimiter), quotes_(quotes) {}
  /// The next row that is not blank; false at the end.
  bool next() {
    while (at_ < file_.size() && at_end(at_)) ++at_;
    if (at_ >= file_.size()) return false;
    begin_ = at_;
    cells.clear();
    fault.clear();
    for (;;) {
      cells.push_back(cell());
      if (at_ >= file_.size() || at_end(at_)) return true;
      ++at_;  // the delimiter
    }
  }

  std::vector<Cell> cells;
  std::string fault;
  /// Lines of the last row.
  std::size_t lines() const {
    const std::string_view row = file_.substr(begin_, at_ - begin_);
    return 1 + static_cast<std::size_t>(std::ranges::count(row, '\n'));
  }

 private:
  bool at_end(std::size_t at) const { return file_[at] == '\n' || file_[at] == '\r'; }
  Cell cell() {
    if (quotes_ && at_ < file_.size() && file_[at_] == '"') return quoted_cell();
    const std::size_t begin = at_;
    while (at_ < file_.size() && !at_end(at_) && file_[at_] != delimiter_) ++at_;
    return {begin, at_, false};
  }
  Cell quoted_cell() {
    const std::size_t begin = ++at_;
    for (;;) {
      const std::size_t quote = file_.find('"', at_);
      if (quote == std::string_view::npos) {
        fault = "a quote that is never closed";
        at_ = file_.size();
        return {begin, at_, true};
      }
      at_ = quote + 1;
      if (at_ < file_.size() && file_[at_] == '"') {
        ++at_;
        continue;
      }
      if (at_ < file_.size() && !at_end(at_) && file_[at_] != delimiter_) {
        fault = "text behind a closing quote";
        while (at_ < file_.size() && !at_end(at_) && file_[at_] != delimiter_) ++at_;
      }
      return {begin, quote, true};
    }
  }

  std::string_view file_;
  char delimiter_;
  bool quotes_;
  std::size_t at_ = 0;
  std::size_t begin_ = 0;
};

std::string value(std::string_view file, const Cell& cell) {
  const std::string_view stored = file.substr(cell.begin, cell.end - cell.begin);
  return cell.quoted ? quoted_decode(stored) : std::string(stored);
}

/// Column of a name, or where all of the name is a number, of that number.
constexpr std::size_t kNone = std::string::npos;

std::size_t column_of(const std::vector<std::string>& header, const std::string& name, bool& numbered) {
  const auto at = std::ranges::find(header, name);
  numbered = false;
  if (at != header.end()) return static_cast<std::size_t>(at - header.begin());
  std::size_t number = 0;
  const auto [end, bad] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (bad != std::errc() || end != name.data() + name.size() || number == 0) return kNone;
  numbered = true;
  return number - 1;
}

/// Lines of rows that this reading finds broken.
std::size_t faults(std::string_view file, char delimiter, bool quotes) {
  if (quotes && file.find('"') == std::string_view::npos) return 0;
  Rows rows(file, delimiter, quotes);
  std::size_t found = 0;
  for (std::size_t width = 0; rows.next();) {
    if (width == 0) width = rows.cells.size();
    if (!rows.fault.empty() || rows.cells.size() != width) found += rows.lines();
  }
  return found;
}

void records(std::string_view file, const FieldNames& names, const std::function<void(const Record&)>& sink,
             char delimiter, bool quotes) {
  Rows rows(file, delimiter, quotes);
  if (!rows.next()) return;
  std::vector<std::string> header;
  for (const Cell& cell : rows.cells) header.push_back(value(file, cell));
  bool numbered = false;
  const std::size_t text = column_of(header, names.text, numbered);
  bool id_numbered = false;
  const std::size_t id = names.id.empty() ? kNone : column_of(header, names.id, id_numbered);
  std::vector<std::size_t> others;
  for (const std::string& name : names.others) others.push_back(column_of(header, name, id_numbered));
  std::size_t number = 1;
  bool more = numbered || rows.next();  // a table by numbers has no header
  for (; more; more = rows.next()) {
    Record record;
    record.line = ++number;
    record.fault = rows.fault;
    if (text == kNone || (!names.id.empty() && id == kNone)) {
      record.fault = "no column '" + (text == kNone ? names.text : names.id) + "'";
    } else if (record.fault.empty() && (rows.cells.size() != header.size() || text >= header.size())) {
      record.fault = std::to_string(rows.cells.size()) + " fields, the first row has " + std::to_string(header.size());
    }
    if (record.fault.empty()) {
      const Cell& cell = rows.cells[text];
      record.begin = cell.begin;
      record.end = cell.end;
      record.coding = cell.quoted ? &kQuoted : delimiter == '\t' ? &kTab : &kBare;
      for (const std::size_t other : others) {
        record.values.push_back(other < rows.cells.size() ? value(file, rows.cells[other]) : std::string());
      }
      if (id < rows.cells.size()) record.id = value(file, rows.cells[id]);
    }
    sink(record);
  }
}

}  // namespace

void csv_records(std::string_view file, const FieldNames& names, const std::function<void(const Record&)>& sink) {
  const std::string_view first = file.substr(0, file.find_first_of("\r\n"));
  const char delimiter = std::ranges::count(first, ';') > std::ranges::count(first, ',') ? ';' : ',';
  records(file, names, sink, delimiter, true);
}

void tsv_records(std::string_view file, const FieldNames& names, const std::function<void(const Record&)>& sink) {
  records(file, names, sink, '\t', faults(file, '\t', true) <= faults(file, '\t', false));
}

}  // namespace wardmark
