#include "text_markers/passage.h"

#include <unicode/brkiter.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <unordered_map>

#include "core/error.h"
#include "core/random.h"

namespace wardmark {
namespace {

icu::BreakIterator& sentence_iterator() {
  thread_local const std::unique_ptr<icu::BreakIterator> iterator = [] {
    UErrorCode status = U_ZERO_ERROR;
    std::unique_ptr<icu::BreakIterator> made(
        icu::BreakIterator::createSentenceInstance(icu::Locale::getRoot(), status));
    if (U_FAILURE(status)) throw Error(Code::out_of_memory, "no sentence rules: ICU's data are missing");
    return made;
  }();
  return *iterator;
}

bool is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c & 0x80) != 0; }

bool ends_with_any(std::string_view text, std::initializer_list<std::string_view> endings) {
  return std::ranges::any_of(endings, [&](std::string_view ending) { return text.ends_with(ending); });
}

/// A stop of some script, not an ellipsis.
bool ends_sentence(std::string_view head) {
  if (head.ends_with("..")) return false;
  return ends_with_any(head, {".", "!", "?", "\u3002", "\uFF01", "\uFF1F", "\u061F", "\u06D4", "\u0964"});
}

/// "Mr.", "p.", "U.S.", "e.g.": a stop that may not end a sentence.
bool after_abbreviation(std::string_view head) {
  if (!head.ends_with('.')) return false;
  head.remove_suffix(1);
  std::size_t letters = 0;
  while (letters < head.size() && is_letter(head[head.size() - 1 - letters])) ++letters;
  const std::string_view word = head.substr(head.size() - letters);
  if (letters <= 1) return true;
  if (letters < head.size() && head[head.size() - 1 - letters] == '.') return true;
  constexpr std::array<std::string_view, 24> kAbbreviations{"Mr", "Mrs", "Ms",  "Dr",  "Prof", "St",   "Jr",  "Sr",
                                                            "vs", "etc", "No",  "Vol", "Fig",  "Figs", "Eq",  "Sec",
                                                            "Ch", "ed",  "eds", "cf",  "al",   "pp",   "Inc", "Co"};
  return std::ranges::find(kAbbreviations, word) != kAbbreviations.end();
}

/// Brackets, quotes and the marks of code, emphasis and markup that are open at the end of what was fed.
class Nesting {
 public:
  void feed(std::string_view text) {
    for (const char c : text) {
      switch (c) {
        case '(':
        case '[':
        case '{':
        case '<':
          ++depth_;
          break;
        case ')':
        case ']':
        case '}':
        case '>':
          --depth_;
          break;
        case '"':
        case '`':
        case '*':
        case '_':
        case '$':
        case '~':
          parity_ ^= 1u << (static_cast<unsigned char>(c) & 31u);
          break;
        default:
          break;
      }
    }
    for (std::size_t at = 0; (at = text.find("\xE2\x80\x9C", at)) != std::string_view::npos; at += 3) ++quotes_;
    for (std::size_t at = 0; (at = text.find("\xE2\x80\x9D", at)) != std::string_view::npos; at += 3) --quotes_;
  }
  bool open() const { return depth_ != 0 || parity_ != 0 || quotes_ > 0; }

 private:
  int depth_ = 0;
  int quotes_ = 0;
  unsigned parity_ = 0;
};

/// What follows looks like the start of a sentence: a capital, or a letter of a script without capitals.
bool starts_sentence(std::string_view rest) {
  while (!rest.empty() && is_space(rest.front())) rest.remove_prefix(1);
  if (rest.empty()) return false;
  const char c = rest.front();
  return (c >= 'A' && c <= 'Z') || (c & 0x80) != 0;
}

/// Which passages come twice. The first few that are asked for are compared with all others of their size, which reads
/// little; only a text of many repetitions is hashed as a whole.
class Repetitions {
 public:
  Repetitions(std::string_view text, const std::vector<Passage>& passages) : text_(text), passages_(passages) {}
  bool comes_twice(std::size_t which) {
    const std::string_view own = passage(passages_[which]);
    if (++asked_ <= kFewQuestions) {
      for (std::size_t i = 0; i < passages_.size(); ++i) {
        const std::size_t size = passages_[i].end - passages_[i].begin;
        if (i != which && size == own.size() && passage(passages_[i]) == own) return true;
      }
      return false;
    }
    if (times_.empty()) {
      for (const Passage& p : passages_) ++times_[passage(p)];
    }
    return times_[own] > 1;
  }

 private:
  static constexpr int kFewQuestions = 8;
  std::string_view passage(const Passage& p) const { return text_.substr(p.begin, p.end - p.begin); }
  std::string_view text_;
  const std::vector<Passage>& passages_;
  std::unordered_map<std::string_view, int> times_;
  int asked_ = 0;
};

}  // namespace

std::vector<std::size_t> sentence_ends(std::string_view passage) {
  std::vector<std::size_t> ends;
  UErrorCode status = U_ZERO_ERROR;
  UText* text = utext_openUTF8(nullptr, passage.data(), static_cast<std::int64_t>(passage.size()), &status);
  icu::BreakIterator& iterator = sentence_iterator();
  iterator.setText(text, status);
  utext_close(text);
  if (U_FAILURE(status)) return ends;
  Nesting nesting;
  std::size_t fed = 0;
  for (std::int32_t at = iterator.next(); at != icu::BreakIterator::DONE; at = iterator.next()) {
    const auto next = static_cast<std::size_t>(at);
    std::size_t end = next;
    while (end > fed && is_space(passage[end - 1])) --end;
    nesting.feed(passage.substr(fed, next - fed));
    fed = next;
    if (end == 0 || nesting.open()) continue;
    const std::string_view head = passage.substr(0, end);
    if (ends_sentence(head) && !after_abbreviation(head) && starts_sentence(passage.substr(end))) ends.push_back(end);
  }
  return ends;
}

bool has_words(std::string_view text, std::size_t least) {
  if (least == 0) return true;
  std::size_t words = 0;
  std::size_t wide = 0;
  bool inside = false;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0xE3 && byte <= 0xED) ++wide;
    const bool letter = is_letter(c);
    if (letter && !inside) ++words;
    inside = letter;
    if (words + wide / 2 >= least) return true;
  }
  return false;
}

std::vector<std::size_t> choose_places(std::string_view text, const std::vector<Passage>& passages, const Subkey& key,
                                       std::string_view document, std::uint32_t copies) {
  std::vector<std::size_t> places;
  Repetitions repetitions(text, passages);
  Stream stream(key, "ghost-place", document);
  std::vector<std::uint32_t> order = stream.permutation(static_cast<std::uint32_t>(passages.size()));
  std::ranges::stable_partition(order, [&](std::uint32_t i) { return passages[i].begin >= text.size() / 2; });
  for (const std::uint32_t i : order) {
    const Passage& p = passages[i];
    const std::string_view passage = text.substr(p.begin, p.end - p.begin);
    if (repetitions.comes_twice(i)) continue;
    std::vector<std::size_t> ends = sentence_ends(passage);
    // Of a passage that spans the middle of the text, its ends in the second half where there are such.
    const auto second =
        std::ranges::stable_partition(ends, [&](std::size_t e) { return p.begin + e >= text.size() / 2; });
    const std::size_t later = ends.size() - second.size();
    const std::size_t count = later > 0 ? later : ends.size();
    if (count == 0) continue;
    const std::size_t place = p.begin + ends[stream.below(static_cast<std::uint32_t>(count))];
    const bool apart = std::ranges::all_of(
        places, [&](std::size_t other) { return std::max(place, other) - std::min(place, other) >= kCopyDistance; });
    if (apart) places.push_back(place);
    if (places.size() == copies) break;
  }
  std::ranges::sort(places);
  return places;
}

}  // namespace wardmark
