#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace wardmark {

/// A document as the public filters read it: characters, not bytes; lines end with "\n" whatever the file had. A token
/// is a run without white space, its punctuation at either end split off one by one, which stands in for the word
/// tokenizers of the filters (they also part contractions).
class FilterText {
 public:
  explicit FilterText(std::string_view utf8);
  FilterText(const FilterText&) = delete;
  FilterText& operator=(const FilterText&) = delete;

  std::u32string text;
  std::u32string lower;
  std::vector<std::u32string_view> lines;   ///< of `text`, split at every "\n"
  std::vector<std::u32string_view> tokens;  ///< of `text`
  bool extracted = false;                   ///< `text` is what an extractor keeps of a page
  bool mark_lost = false;                   ///< the extractor dropped the sentence

  /// Where a part of `text` or one of its lines begins.
  std::size_t offset(std::u32string_view part) const { return static_cast<std::size_t>(part.data() - text.data()); }
  /// The same part of `lower`.
  std::u32string_view lowered(std::u32string_view part) const {
    return std::u32string_view(lower).substr(offset(part), part.size());
  }
};

std::u32string utf32_of(std::string_view utf8);
bool is_white(char32_t c);
bool is_letter(char32_t c);
bool is_digit(char32_t c);
/// Letter, digit or underscore.
bool is_word_character(char32_t c);
bool is_punctuation(char32_t c);
std::u32string_view stripped(std::u32string_view text);
/// Runs without white space.
std::vector<std::u32string_view> split_white(std::u32string_view text);
/// True of a token of punctuation and symbols.
bool is_punctuation_alone(std::u32string_view token);
/// The sentences of a line: each ends behind stops, and closing quotes, before white space.
std::vector<std::u32string_view> filter_sentences(std::u32string_view line);

}  // namespace wardmark
