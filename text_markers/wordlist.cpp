#include "text_markers/wordlist.h"

#include <string>

#include "core/error.h"

namespace wardmark {

const Wordlist& find_wordlist(std::string_view name) {
  std::string known;
  for (const Wordlist& list : wordlists()) {
    if (list.name == name) return list;
    known += (known.empty() ? "" : ", ") + std::string(list.name);
  }
  throw Error(Code::parameter, "no word list is called '" + std::string(name) + "'", "known: " + known);
}

Digest wordlist_digest(const Wordlist& list) {
  std::string text;
  for (const std::string_view word : list.words) text.append(word).push_back('\n');
  return digest(nullptr, "wordlist", {bytes_of(text)});
}

}  // namespace wardmark
