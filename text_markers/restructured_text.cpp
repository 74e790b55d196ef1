#include "text_markers/restructured_text.h"

#include <algorithm>

#include "text_markers/text_lines.h"

namespace wardmark {
namespace {

bool ascii_punctuation(char c) {
  return (c >= '!' && c <= '/') || (c >= ':' && c <= '@') || (c >= '[' && c <= '`') || (c >= '{' && c <= '~');
}

/// "====": under or over a title, or between parts.
bool adornment(std::string_view line) {
  while (!line.empty() && line.back() == ' ') line.remove_suffix(1);
  return line.size() >= 2 && ascii_punctuation(line.front()) &&
         std::ranges::all_of(line, [&](char c) { return c == line.front(); });
}

/// Digits or one letter with a stop or bracket behind: "1. ", "a) ".
bool enumerated(std::string_view line) {
  if (line.starts_with('(')) line.remove_prefix(1);
  std::size_t end = 0;
  while (end < line.size() && line[end] >= '0' && line[end] <= '9') ++end;
  if (end == 0 && !line.empty() && (ascii_punctuation(line.front()) ? line.front() == '#' : line.front() != ' '))
    end = 1;
  return end > 0 && end + 1 < line.size() && (line[end] == '.' || line[end] == ')') && line[end + 1] == ' ';
}

/// What a line at the margin may not begin with: the first character of markup, or of a list.
bool opens_markup(std::string_view line) {
  for (const std::string_view mark : {"..", "__", ">>>", "|", "+-", "=="}) {
    if (line.starts_with(mark)) return true;
  }
  const bool bullet =
      line.size() >= 2 && line[1] == ' ' && std::string_view("-*+").find(line[0]) != std::string_view::npos;
  const bool field = line.starts_with(':') && line.find(": ", 1) != std::string_view::npos &&
                     line.find(":`") == std::string_view::npos;
  const bool option = line.starts_with('-') && line.size() > 1 && line[1] != ' ';
  return bullet || field || option || enumerated(line);
}

bool body(std::string_view text, const std::vector<TextLine>& block) {
  const auto line = [&](const TextLine& l) { return text.substr(l.begin, l.end - l.begin); };
  if (opens_markup(line(block.front()))) return false;
  return std::ranges::none_of(
      block, [&](const TextLine& l) { return text[l.begin] == ' ' || text[l.begin] == '\t' || adornment(line(l)); });
}

}  // namespace

std::vector<Passage> rst_passages(std::string_view text) {
  std::vector<Passage> passages;
  bool quoted_literal = false;  // behind "::" at the margin a block of quoted lines is literal
  each_block(text, [&](const std::vector<TextLine>& block) {
    const std::string_view last = text.substr(block.back().begin, block.back().end - block.back().begin);
    const bool literal = quoted_literal && ascii_punctuation(text[block.front().begin]);
    quoted_literal = last.ends_with("::");
    if (!literal && body(text, block)) passages.push_back({block.front().begin, block.back().end});
  });
  return passages;
}

}  // namespace wardmark
