#include <algorithm>
#include <array>
#include <unordered_map>

#include "text_markers/survival_values.h"
#include "text_markers/wordlist.h"

namespace wardmark::survival {
namespace {

enum class Fate { kept, long_word, open, short_line, lorem, script, curly, policy };

constexpr std::array<std::u32string_view, 6> kPolicy{U"terms of use", U"privacy policy", U"cookie policy",
                                                     U"uses cookies", U"use of cookies", U"use cookies"};
constexpr std::array<std::u32string_view, 2> kCitations{U"[edit]", U"[citation needed]"};

/// Length of a citation mark that begins at `at`, or 0.
std::size_t citation_at(std::u32string_view text, std::size_t at) {
  if (text[at] != U'[') return 0;
  for (const std::u32string_view known : kCitations) {
    if (text.substr(at).starts_with(known)) return known.size();
  }
  std::size_t end = at + 1;
  while (end < text.size() && is_digit(text[end])) ++end;
  return end < text.size() && text[end] == U']' ? end + 1 - at : 0;
}

std::u32string without_citations(std::u32string_view line) {
  std::u32string kept;
  for (std::size_t at = 0; at < line.size();) {
    const std::size_t length = citation_at(line, at);
    if (length == 0) kept.push_back(line[at]);
    at += std::max<std::size_t>(length, 1);
  }
  return kept;
}

bool terminated(std::u32string_view line) {
  return !line.empty() && std::u32string_view(U".?!\"'").find(line.back()) != std::u32string_view::npos &&
         !line.ends_with(U"...");
}

/// The first of C4's line rules that applies, in its order; the page ones too.
Fate fate_of(const FilterText& text, std::u32string_view whole) {
  const std::u32string_view line = stripped(whole);
  const auto words = split_white(line);
  if (std::ranges::any_of(words, [](std::u32string_view word) { return word.size() > 1000; })) return Fate::long_word;
  const std::u32string bare = without_citations(line);
  if (!terminated(bare)) return Fate::open;
  if (words.size() < 3) return Fate::short_line;
  const std::u32string lower = without_citations(text.lowered(line));
  const auto holds = [&](std::u32string_view part) { return lower.find(part) != std::u32string::npos; };
  if (holds(U"lorem ipsum")) return Fate::lorem;
  if (holds(U"javascript")) return Fate::script;
  if (bare.find(U'{') != std::u32string::npos) return Fate::curly;
  if (std::ranges::any_of(kPolicy, holds)) return Fate::policy;
  return Fate::kept;
}

double lines_of(const FilterText& text, Fate fate) {
  return static_cast<double>(
      std::ranges::count_if(text.lines, [&](std::u32string_view line) { return fate_of(text, line) == fate; }));
}

/// Bad words by their first character.
const std::unordered_multimap<char32_t, std::u32string>& bad_phrases() {
  static const std::unordered_multimap<char32_t, std::u32string> phrases = [] {
    std::unordered_multimap<char32_t, std::u32string> made;
    for (const std::string_view word : bad_words("en")) {
      const std::u32string phrase = utf32_of(word);
      made.emplace(phrase.front(), phrase);
    }
    return made;
  }();
  return phrases;
}

}  // namespace

double c4_long_word_lines(const FilterText& text) { return lines_of(text, Fate::long_word); }
double c4_open_lines(const FilterText& text) { return lines_of(text, Fate::open); }
double c4_short_lines(const FilterText& text) { return lines_of(text, Fate::short_line); }
double c4_script_lines(const FilterText& text) { return lines_of(text, Fate::script); }
double c4_policy_lines(const FilterText& text) { return lines_of(text, Fate::policy); }
double c4_lorem(const FilterText& text) { return lines_of(text, Fate::lorem); }
double c4_curly(const FilterText& text) { return lines_of(text, Fate::curly); }

double c4_sentences(const FilterText& text) {
  double sentences = 0;
  for (const std::u32string_view line : text.lines) {
    if (fate_of(text, line) != Fate::kept) continue;
    sentences += static_cast<double>(filter_sentences(without_citations(stripped(line))).size());
  }
  return sentences;
}

double c4_citations(const FilterText& text) {
  double citations = 0;
  for (std::size_t at = 0; at < text.text.size(); ++at) citations += citation_at(text.text, at) > 0 ? 1 : 0;
  return citations;
}

/// Places where a bad word or phrase stands between characters that are no part of a word.
double c4_bad_words(const FilterText& text) {
  const std::u32string_view lower = text.lower;
  double found = 0;
  for (std::size_t at = 0; at < lower.size(); ++at) {
    if (at > 0 && is_word_character(lower[at - 1])) continue;
    const auto [from, to] = bad_phrases().equal_range(lower[at]);
    found += std::any_of(from, to, [&](const auto& entry) {
      const std::u32string_view rest = lower.substr(at);
      return rest.starts_with(entry.second) &&
             (rest.size() == entry.second.size() || !is_word_character(rest[entry.second.size()]));
    });
  }
  return found;
}

double mc4_paragraphs(const FilterText& text) {
  return static_cast<double>(
      std::ranges::count_if(text.lines, [](std::u32string_view line) { return line.size() >= 200; }));
}

}  // namespace wardmark::survival
