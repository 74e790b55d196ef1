#pragma once
#include <span>
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
/// Words and phrases, in lower case, that a filter of the language drops a page for (LDNOOBW, CC BY 4.0, the list that
/// C4's filter uses); empty where there is no list (en, es, fr, it).
std::span<const std::string_view> bad_words(std::string_view language);
/// Hash over the words in order: what a plan pins.
Digest wordlist_digest(const Wordlist& list);

}  // namespace wardmark
