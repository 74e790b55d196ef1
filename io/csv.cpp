#include "io/csv.h"

#include <array>

#include "core/error.h"

namespace wardmark {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::array kDelimiters = {',', ';', '\t'};

/// The delimiter that the first line holds most of; ',' wins ties.
char detect_delimiter(std::string_view text) {
  std::array<std::size_t, kDelimiters.size()> counts{};
  bool quoted = false;
  for (const char c : text) {
    if (c == '"') quoted = !quoted;
    if (quoted) continue;
    if (c == '\n' || c == '\r') break;
    for (std::size_t i = 0; i < kDelimiters.size(); ++i) counts[i] += c == kDelimiters[i];
  }
  std::size_t best = 0;
  for (std::size_t i = 1; i < counts.size(); ++i) {
    if (counts[i] > counts[best]) best = i;
  }
  return kDelimiters[best];
}

}  // namespace

CsvReader::CsvReader(std::string_view text) : text_(text) {
  if (text_.starts_with(kByteOrderMark)) text_.remove_prefix(kByteOrderMark.size());
  while (at_line_end() && at_ < text_.size()) skip_line_end();
  delimiter_ = detect_delimiter(text_.substr(at_));
}

void CsvReader::skip_line_end() {
  if (at_ == text_.size()) return;
  at_ += text_.substr(at_).starts_with("\r\n") ? 2 : 1;
  ++line_;
}

std::string CsvReader::plain_field() {
  const std::size_t start = at_;
  while (!at_line_end() && text_[at_] != delimiter_) ++at_;
  return std::string(text_.substr(start, at_ - start));
}

std::string CsvReader::quoted_field() {
  const std::size_t opened = line_;
  std::string field;
  ++at_;
  for (;;) {
    const std::size_t end = text_.find('"', at_);
    if (end == std::string_view::npos) {
      throw Error(Code::labels_format, "line " + std::to_string(opened) + ": a quote is not closed");
    }
    for (std::size_t i = at_; i < end; ++i) line_ += text_[i] == '\n';
    field += text_.substr(at_, end - at_);
    at_ = end + 1;
    if (at_ == text_.size() || text_[at_] != '"') break;
    field += '"';
    ++at_;
  }
  if (!at_line_end() && text_[at_] != delimiter_) {
    throw Error(Code::labels_format, "line " + std::to_string(line_) + ": text follows a closing quote");
  }
  return field;
}

bool CsvReader::next(std::vector<std::string>& fields) {
  fields.clear();
  while (at_ < text_.size() && at_line_end()) skip_line_end();
  if (at_ == text_.size()) return false;
  record_line_ = line_;
  for (;;) {
    fields.push_back(at_ < text_.size() && text_[at_] == '"' ? quoted_field() : plain_field());
    if (at_line_end()) break;
    ++at_;  // the delimiter
  }
  skip_line_end();
  return true;
}

}  // namespace wardmark
