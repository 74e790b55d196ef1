#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace wardmark {

/// Reads CSV records one after another (RFC 4180: quotes, doubled quotes, line ends inside quotes). Also taken: a byte
/// order mark, LF, CRLF or CR line ends, and ';' or tab instead of ',' (the one the first line holds most of outside
/// quotes). Blank lines are skipped. The text must outlive the reader; memory is one record. Not thread-safe.
class CsvReader {
 public:
  explicit CsvReader(std::string_view text);
  /// The next record in `fields`, false at the end. Error(labels_format) with the line for an unclosed quote or text
  /// after a closing quote.
  bool next(std::vector<std::string>& fields);
  /// Line, from 1, at which the last record began.
  std::size_t line() const { return record_line_; }
  char delimiter() const { return delimiter_; }

 private:
  std::string quoted_field();
  std::string plain_field();
  bool at_line_end() const { return at_ == text_.size() || text_[at_] == '\n' || text_[at_] == '\r'; }
  void skip_line_end();

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
  std::size_t record_line_ = 0;
  char delimiter_ = ',';
};

}  // namespace wardmark
