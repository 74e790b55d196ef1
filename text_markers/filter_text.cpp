#include "text_markers/filter_text.h"

#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <algorithm>

namespace wardmark {
namespace {

constexpr std::uint32_t kSymbols = U_GC_P_MASK | U_GC_S_MASK;
constexpr std::uint32_t kLetters = U_GC_L_MASK;

std::uint32_t category(char32_t c) { return U_MASK(u_charType(static_cast<UChar32>(c))); }

void split_token(std::u32string_view run, std::vector<std::u32string_view>& tokens) {
  std::size_t begin = 0;
  while (begin < run.size() && is_punctuation(run[begin])) tokens.push_back(run.substr(begin++, 1));
  std::size_t end = run.size();
  while (end > begin && is_punctuation(run[end - 1])) --end;
  if (end > begin) tokens.push_back(run.substr(begin, end - begin));
  for (; end < run.size() && end > begin; ++end) tokens.push_back(run.substr(end, 1));
}

}  // namespace

bool is_white(char32_t c) { return u_isUWhiteSpace(static_cast<UChar32>(c)) != 0 || (c >= 0x1C && c <= 0x1F); }
bool is_letter(char32_t c) { return (category(c) & kLetters) != 0; }
bool is_digit(char32_t c) { return (category(c) & U_GC_ND_MASK) != 0; }
bool is_word_character(char32_t c) { return c == U'_' || (category(c) & (kLetters | U_GC_N_MASK)) != 0; }
bool is_punctuation(char32_t c) { return (category(c) & kSymbols) != 0; }
bool is_punctuation_alone(std::u32string_view token) { return std::ranges::all_of(token, is_punctuation); }

std::u32string utf32_of(std::string_view utf8) {
  const auto units =
      icu::UnicodeString::fromUTF8(icu::StringPiece(utf8.data(), static_cast<std::int32_t>(utf8.size())));
  std::u32string text;
  text.reserve(utf8.size());
  for (std::int32_t at = 0; at < units.length(); at = units.moveIndex32(at, 1)) {
    text.push_back(static_cast<char32_t>(units.char32At(at)));
  }
  return text;
}

std::u32string_view stripped(std::u32string_view text) {
  while (!text.empty() && is_white(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_white(text.back())) text.remove_suffix(1);
  return text;
}

std::vector<std::u32string_view> split_white(std::u32string_view text) {
  std::vector<std::u32string_view> runs;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = at;
    while (at < text.size() && !is_white(text[at])) ++at;
    if (at > begin) runs.push_back(text.substr(begin, at - begin));
    while (at < text.size() && is_white(text[at])) ++at;
  }
  return runs;
}

std::vector<std::u32string_view> filter_sentences(std::u32string_view line) {
  const auto stop = [](char32_t c) {
    return std::u32string_view(U".!?\u3002\uFF01\uFF1F").find(c) != std::u32string_view::npos;
  };
  const auto closing = [](char32_t c) {
    return std::u32string_view(U"\"')]\u201D\u2019").find(c) != std::u32string_view::npos;
  };
  std::vector<std::u32string_view> sentences;
  std::size_t begin = 0;
  const auto take = [&](std::size_t end) {
    const std::u32string_view sentence = stripped(line.substr(begin, end - begin));
    if (!sentence.empty()) sentences.push_back(sentence);
    begin = end;
  };
  for (std::size_t at = 0; at < line.size();) {
    if (!stop(line[at++])) continue;
    while (at < line.size() && (stop(line[at]) || closing(line[at]))) ++at;
    if (at < line.size() && is_white(line[at])) take(at);
  }
  take(line.size());
  return sentences;
}

FilterText::FilterText(std::string_view utf8) {
  const std::u32string read = utf32_of(utf8);
  text.reserve(read.size());
  for (std::size_t at = 0; at < read.size(); ++at) {
    if (read[at] != U'\r') {
      text.push_back(read[at]);
    } else if (at + 1 == read.size() || read[at + 1] != U'\n') {
      text.push_back(U'\n');
    }
  }
  lower.reserve(text.size());
  for (const char32_t c : text) lower.push_back(static_cast<char32_t>(u_tolower(static_cast<UChar32>(c))));
  const std::u32string_view all = text;
  for (std::size_t at = 0; at <= all.size();) {
    const std::size_t end = std::min(all.find(U'\n', at), all.size());
    lines.push_back(all.substr(at, end - at));
    at = end + 1;
  }
  for (const std::u32string_view run : split_white(all)) split_token(run, tokens);
}

}  // namespace wardmark
