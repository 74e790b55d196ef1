#pragma once
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "core/key.h"

namespace wardmark {

/// Words a ghost sentence is drawn from: letters only, lower case, NFC, no bad word, no stop word, none twice.
struct Wordlist {
  std::string_view name;      ///< "eff-large"
  std::string_view language;  ///< ISO 639-1
  std::string_view source;    ///< whose list it is, with its licence
  std::span<const std::string_view> words;
};

/// The only list of word lists, made at build time by scripts/wordlists.py; the first is the default.
std::span<const Wordlist> wordlists();
/// Error(parameter) with the known names.
const Wordlist& find_wordlist(std::string_view name);
/// A list of the user's own, one word a line; in front of a word may stand its number of dice, blank lines and those
/// that begin with "#" do not count. Error(word_list), with the line: fewer than 256 words or more than 65,536; a word
/// that is not UTF-8, NFC, letters alone and lower case, has 64 bytes or more, comes twice, or is an English stop word
/// or bad word.
std::shared_ptr<const Wordlist> read_wordlist(std::string_view file);
/// The same of words that were read before, with a space between them.
std::shared_ptr<const Wordlist> own_wordlist(std::string words);
/// Words and phrases, in lower case, that a filter of the language drops a page for (LDNOOBW, CC BY 4.0, the list that
/// C4's filter uses); empty where there is no list (en, es, fr, it).
std::span<const std::string_view> bad_words(std::string_view language);
/// Hash over the words in order: what a plan pins.
Digest wordlist_digest(const Wordlist& list);

}  // namespace wardmark
