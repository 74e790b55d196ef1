#include "text_markers/wordlist.h"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <vector>

#include "core/error.h"

namespace wardmark {
namespace {

constexpr std::size_t kFewest = 256;
constexpr std::size_t kMost = 65536;
constexpr std::size_t kLongest = 63;  // bytes: what the search tells apart
/// Those that filters count (GQ.stop).
constexpr std::array<std::string_view, 8> kStopWords{"the", "be", "to", "of", "and", "that", "have", "with"};

/// Words and the list over them, in one piece.
struct OwnList {
  std::string text;
  std::vector<std::string_view> words;
  Wordlist list;
};

/// What is wrong with a word, or nothing.
std::string fault_of(std::string_view word) {
  if (word.size() > kLongest) return "is longer than 63 bytes";
  const auto text = icu::UnicodeString::fromUTF8(icu::StringPiece(word.data(), static_cast<std::int32_t>(word.size())));
  if (text.indexOf(char16_t{0xFFFD}) >= 0) return "is no UTF-8";
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* nfc = icu::Normalizer2::getNFCInstance(status);
  if (U_FAILURE(status) || !nfc->isNormalized(text, status)) return "is not in Unicode's composed form (NFC)";
  for (std::int32_t at = 0; at < text.length(); at = text.moveIndex32(at, 1)) {
    const UChar32 c = text.char32At(at);
    const bool mark = (U_GET_GC_MASK(c) & (U_GC_MN_MASK | U_GC_MC_MASK)) != 0;
    if (!u_isalpha(c) && !mark) return "holds something else than letters";
    if (u_tolower(c) != c) return "holds a capital";
  }
  if (std::ranges::find(kStopWords, word) != kStopWords.end()) return "is a stop word";
  const auto bad = bad_words("en");
  if (std::ranges::find(bad, word) != bad.end()) return "is a bad word that filters drop pages for";
  return {};
}

/// A line's word, without the number of dice before it.
std::string_view word_of(std::string_view line) {
  constexpr std::string_view kWhite = " \t\r\f\v";
  const auto cut = [&](std::string_view text) {
    const std::size_t first = text.find_first_not_of(kWhite);
    if (first == std::string_view::npos) return std::string_view();
    return text.substr(first, text.find_last_not_of(kWhite) + 1 - first);
  };
  line = cut(line);
  const std::size_t digits = std::min(line.find_first_not_of("0123456789"), line.size());
  if (digits > 0 && digits < line.size() && kWhite.find(line[digits]) != std::string_view::npos) {
    line = cut(line.substr(digits));
  }
  return line;
}

}  // namespace

std::shared_ptr<const Wordlist> own_wordlist(std::string words) {
  auto own = std::make_shared<OwnList>();
  own->text = std::move(words);
  for (std::size_t at = 0; at < own->text.size();) {
    const std::size_t end = std::min(own->text.find(' ', at), own->text.size());
    own->words.push_back(std::string_view(own->text).substr(at, end - at));
    at = end + 1;
  }
  own->list = {"file", "und", "the owner's own", own->words};
  const Wordlist* list = &own->list;
  return {std::move(own), list};
}

std::shared_ptr<const Wordlist> read_wordlist(std::string_view file) {
  std::set<std::string_view> seen;
  std::string words;
  std::size_t line = 0;
  if (file.starts_with("\xEF\xBB\xBF")) file.remove_prefix(3);
  for (std::size_t at = 0; at < file.size();) {
    const std::size_t end = std::min(file.find('\n', at), file.size());
    const std::string_view word = word_of(file.substr(at, end - at));
    at = end + 1;
    ++line;
    if (word.empty() || word.front() == '#') continue;
    std::string fault = fault_of(word);
    if (fault.empty() && !seen.insert(word).second) fault = "comes twice";
    if (!fault.empty()) {
      throw Error(Code::word_list, "word list, line " + std::to_string(line) + ": the word " + fault,
                  "take it out of the list");
    }
    words += (words.empty() ? "" : " ") + std::string(word);
  }
  if (seen.size() < kFewest || seen.size() > kMost) {
    throw Error(Code::word_list, "word list: " + std::to_string(seen.size()) + " words", "from 256 to 65,536");
  }
  return own_wordlist(std::move(words));
}

const Wordlist& find_wordlist(std::string_view name) {
  std::string known;
  for (const Wordlist& list : wordlists()) {
    if (list.name == name) return list;
    known += (known.empty() ? "" : ", ") + std::string(list.name);
  }
  throw Error(Code::parameter, "no word list is called '" + std::string(name) + "'",
              "known: " + known + "; or give a file");
}

Digest wordlist_digest(const Wordlist& list) {
  std::string text;
  for (const std::string_view word : list.words) text.append(word).push_back('\n');
  return digest(nullptr, "wordlist", {bytes_of(text)});
}

}  // namespace wardmark
