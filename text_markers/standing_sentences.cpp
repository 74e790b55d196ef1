#include "text_markers/standing_sentences.h"

#include <algorithm>
#include <optional>

namespace wardmark {
namespace {

constexpr std::string_view kWhite = " \t\r\n";

std::vector<ScanTarget> targets_of(const std::vector<std::uint32_t>& released) {
  std::vector<ScanTarget> targets;
  for (std::uint32_t s = 0; s < released.size(); ++s) targets.push_back({s, released[s], true});
  return targets;
}

char small(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

/// Bytes of white space that the text ends with: a character, or its escape in JSON.
std::size_t white_behind(std::string_view text) {
  if (!text.empty() && kWhite.find(text.back()) != std::string_view::npos) return 1;
  const std::string_view last = text.substr(text.size() - std::min<std::size_t>(text.size(), 2));
  return last == "\\n" || last == "\\r" || last == "\\t" ? 2 : 0;
}

/// Where `piece` begins that ends at `end`; white space may be of any kind and length.
std::optional<std::size_t> back_over(std::string_view text, std::size_t end, std::string_view piece) {
  while (!piece.empty()) {
    if (piece.back() == ' ') {
      const std::size_t from = end;
      while (const std::size_t n = white_behind(text.substr(0, end))) end -= n;
      if (end == from) return std::nullopt;
      while (!piece.empty() && piece.back() == ' ') piece.remove_suffix(1);
      continue;
    }
    if (end == 0 || small(text[end - 1]) != small(piece.back())) return std::nullopt;
    --end;
    piece.remove_suffix(1);
  }
  return end;
}

/// Where `piece` ends that begins at `begin`.
std::optional<std::size_t> on_over(std::string_view text, std::size_t begin, std::string_view piece) {
  while (!piece.empty()) {
    if (piece.front() == ' ') {
      const std::size_t from = begin;
      while (begin < text.size()) {
        const bool white = kWhite.find(text[begin]) != std::string_view::npos;
        const bool escape = white_behind(text.substr(begin, 2)) == 2;
        if (!white && !escape) break;
        begin += white ? 1 : 2;
      }
      if (begin == from) return std::nullopt;
      while (!piece.empty() && piece.front() == ' ') piece.remove_prefix(1);
      continue;
    }
    if (begin == text.size() || small(text[begin]) != small(piece.front())) return std::nullopt;
    ++begin;
    piece.remove_prefix(1);
  }
  return begin;
}

/// With the span that --html-span put around it.
void take_span(std::string_view text, std::size_t& begin, std::size_t& end) {
  constexpr std::string_view kOpen = "<span lang=";
  constexpr std::string_view kClose = "</span>";
  const std::string_view head = text.substr(0, begin);
  if (!head.ends_with("data-nosnippet>") || !text.substr(end).starts_with(kClose)) return;
  const std::size_t open = head.rfind(kOpen);
  if (open == std::string_view::npos || head.find('>', open) + 1 != begin) return;
  begin = open;
  end += kClose.size();
}

/// With the space that was put before it, and the one behind where the script has none.
void take_spaces(std::string_view text, std::size_t& begin, std::size_t& end) {
  begin -= white_behind(text.substr(0, begin));
  const std::string_view head = text.substr(0, begin);
  const bool no_spaces = head.ends_with("\u3002") || head.ends_with("\uFF01") || head.ends_with("\uFF1F");
  if (no_spaces && text.substr(end).starts_with(" ")) ++end;
}

}  // namespace

SentenceBook::SentenceBook(const GhostSentences& book, const std::vector<std::uint32_t>& released)
    : recipe_(book.recipe()), index_(book, targets_of(released)) {
  for (std::uint32_t s = 0; s < released.size(); ++s) {
    const std::string text = book.text(s, released[s]);
    const std::string phrase = book.phrase(s, released[s]);
    const std::size_t at = text.find(phrase);
    before_.push_back(text.substr(0, at));
    behind_.push_back(text.substr(at + phrase.size()));
  }
}

std::vector<StandingSentence> SentenceBook::standing(std::string_view text) const {
  std::vector<StandingSentence> found;
  CorpusScanner scanner(index_, [&](const ScanHit& hit) {
    const std::uint32_t s = index_.targets()[hit.target].sentence;
    StandingSentence standing{static_cast<std::size_t>(hit.offset), static_cast<std::size_t>(hit.end), s, false};
    const auto begin = back_over(text, standing.begin, before_[s]);
    const auto end = on_over(text, standing.end, behind_[s]);
    if (hit.missing == 0 && begin && end) {
      standing = {*begin, *end, s, true};
      take_span(text, standing.begin, standing.end);
      take_spaces(text, standing.begin, standing.end);
    }
    found.push_back(standing);
  });
  scanner.feed(bytes_of(text));
  scanner.finish();
  std::ranges::sort(found, {}, &StandingSentence::begin);
  const auto over = std::ranges::unique(found, [](const auto& a, const auto& b) { return b.begin < a.end; });
  found.erase(over.begin(), over.end());
  return found;
}

}  // namespace wardmark
