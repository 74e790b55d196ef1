#include "text_markers/wordlist.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "core/error.h"

using namespace wardmark;

TEST_CASE("word lists: the words that Debian's packages had when this was written, pinned by hash") {
  // EFF large: 7,776 less 4 with hyphens, 3 bad words and "that".
  const std::map<std::string, std::size_t> sizes{
      {"eff-large", 7768},      {"eff-short", 1293},     {"bip39-english", 2046},
      {"bip39-french", 2048},   {"bip39-italian", 2044}, {"bip39-spanish", 2046},
      {"bip39-japanese", 2047}, {"bip39-korean", 2048},  {"bip39-chinese", 2043}};
  CHECK(wordlists().size() == sizes.size());
  CHECK(wordlists().front().name == "eff-large");
  for (const Wordlist& list : wordlists()) {
    CAPTURE(list.name);
    CHECK(list.words.size() == sizes.at(std::string(list.name)));
    CHECK(list.source.find("Debian: ") != std::string_view::npos);
  }
  CHECK(to_hex(wordlist_digest(wordlists().front())) ==
        "e25cdfb458426cbfa2d3e8ff11c79c009a9d2d92baa4c31a3730b13376b5246e");
}

TEST_CASE("word lists: letters alone, none twice, none bad") {
  for (const Wordlist& list : wordlists()) {
    CAPTURE(list.name);
    CHECK(std::set<std::string_view>(list.words.begin(), list.words.end()).size() == list.words.size());
    for (const std::string_view word : list.words) {
      const bool letters = std::ranges::all_of(word, [](char c) { return (c >= 'a' && c <= 'z') || (c & 0x80) != 0; });
      if (!letters || word.size() < 2) FAIL(word);
    }
    for (const std::string_view bad : {"grope", "hardcore", "panty", "swinger", "that", "have", "with"}) {
      CHECK(std::ranges::find(list.words, bad) == list.words.end());
    }
  }
}

TEST_CASE("word lists: one's own is read as it is, and every bad one refused") {
  std::string good = "\xEF\xBB\xBF# own\n\n";
  std::size_t count = 0;
  for (char a = 'a'; a < 'k'; ++a) {
    for (char b = 'a'; b < 'k'; ++b) {
      for (char c = 'k'; c < 'n'; ++c) good += std::to_string(10000 + count++) + "\tq" + a + b + c + "\r\n";
    }
  }
  const auto list = read_wordlist(good);
  REQUIRE(list->words.size() == count);
  CHECK(list->words[0] == "qaak");
  std::string joined;
  for (const std::string_view word : list->words) joined += (joined.empty() ? "" : " ") + std::string(word);
  CHECK(wordlist_digest(*own_wordlist(joined)) == wordlist_digest(*list));
  CHECK(read_wordlist(good + "\u00e9t\u00e9\n")->words.back() == "\u00e9t\u00e9");
  const std::string longest(64, 'x');
  for (const char* bad : {"qaak", "Word", "\u00c9t\u00e9", "two words", "hy-phen", "that", "grope", "e\u0301",
                          "caf\xE9", "x1", "it's", longest.c_str()}) {
    CAPTURE(bad);
    CHECK_THROWS_AS(read_wordlist(good + bad + "\n"), Error);
  }
  CHECK_THROWS_AS(read_wordlist("alpha\nbeta\n"), Error);
}

TEST_CASE("word lists: an unknown name is refused with the known ones") {
  try {
    find_wordlist("eff");
    FAIL("taken");
  } catch (const Error& error) {
    CHECK(error.code() == Code::parameter);
    CHECK(error.hint().find("eff-large") != std::string::npos);
  }
}
