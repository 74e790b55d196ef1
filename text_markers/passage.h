#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
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

/// Bytes of text between two copies of a sentence, which rules against repetition need.
inline constexpr std::size_t kCopyDistance = 1500;

/// Places for up to `copies` copies of a sentence, in rising order: each drawn by the key among the sentence ends of a
/// passage of its own, kCopyDistance bytes or more from the others, the first in the second half of the text where that
/// has a place. Passages that occur twice in the text are never taken. Empty: there is no place.
std::vector<std::size_t> choose_places(std::string_view text, const std::vector<Passage>& passages, const Subkey& key,
                                       std::string_view document, std::uint32_t copies = 1);

}  // namespace wardmark
