#pragma once
#include <cstddef>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "core/key.h"

namespace wardmark {

/// A paragraph of running text that may take a sentence: byte offsets into the UTF-8 text it was found in.
struct Passage {
  std::size_t begin = 0;
  std::size_t end = 0;
};

/// Where sentences end inside a passage, as offsets of the byte after the stop: every end but the last, without those
/// after abbreviations, inside brackets, quotes, code or emphasis, or not followed by a new sentence. By the Unicode
/// rules (UAX 29), any language. Cost: 94 MB/s, so only chosen passages are asked.
std::vector<std::size_t> sentence_ends(std::string_view passage);

/// True for a text of `least` words or more. Words: runs of letters of scripts with spaces; a CJK character counts as
/// half a word.
bool has_words(std::string_view text, std::size_t least);

/// One place for a sentence: drawn by the key among the sentence ends of one passage, in the second half of the text
/// where it has one. Passages that occur twice in the text are never taken. Empty: there is no place.
std::optional<std::size_t> choose_place(std::string_view text, const std::vector<Passage>& passages, const Subkey& key,
                                        std::string_view document);

}  // namespace wardmark
