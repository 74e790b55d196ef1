#include "text_markers/plain_text.h"

#include <algorithm>
#include <cstdint>

#include "text_markers/text_lines.h"

namespace wardmark {
namespace {

constexpr std::size_t kLongLine = 120;
constexpr std::size_t kShortLine = 45;

/// Mostly letters and spaces, as running text is.
bool looks_like_prose(std::string_view text) {
  std::size_t letters = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.size(), at + 255);
    std::uint8_t few = 0;  // so that the loop is done many bytes at a time
    for (; at < end; ++at) {
      const auto c = static_cast<std::uint8_t>(text[at]);
      const auto small = static_cast<std::uint8_t>((c | 0x20) - 'a');
      few = static_cast<std::uint8_t>(few + ((small < 26) | (c >= 0x80) | (c == ' ') | (c == '\n')));
    }
    letters += few;
  }
  return letters * 10 >= text.size() * 9;
}

/// Short lines in a block are verse, lists or tables.
bool hard_wrapped_prose(std::string_view text, const std::vector<TextLine>& block) {
  std::size_t longest = 0;
  for (const TextLine& line : block) longest = std::max(longest, line.end - line.begin);
  const auto short_lines = std::count_if(block.begin(), block.end() - 1, [&](const TextLine& line) {
    return line.end - line.begin < kShortLine || text[line.begin] == ' ' || text[line.begin] == '\t' ||
           text.substr(line.begin, line.end - line.begin).find("   ") != std::string_view::npos;
  });
  return longest >= kShortLine && short_lines * 4 <= static_cast<std::ptrdiff_t>(block.size());
}

void take_block(std::string_view text, const std::vector<TextLine>& block, std::vector<Passage>& passages) {
  const auto take = [&](std::size_t begin, std::size_t end) {
    if (looks_like_prose(text.substr(begin, end - begin))) passages.push_back({begin, end});
  };
  const bool one_a_line =
      std::ranges::any_of(block, [](const TextLine& line) { return line.end - line.begin > kLongLine; });
  if (one_a_line) {
    for (const TextLine& line : block) {
      if (line.end - line.begin > kLongLine) take(line.begin, line.end);
    }
  } else if (hard_wrapped_prose(text, block)) {
    take(block.front().begin, block.back().end);
  }
}

}  // namespace

std::vector<Passage> plain_passages(std::string_view text) {
  std::vector<Passage> passages;
  each_block(text, [&](const std::vector<TextLine>& block) { take_block(text, block, passages); });
  return passages;
}

}  // namespace wardmark
