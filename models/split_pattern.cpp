#include "models/split_pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "core/error.h"

namespace wardmark {
namespace {

constexpr std::size_t kLongestPattern = std::size_t{64} << 10;
/// Of one match; the published patterns need a few a character of the longest run.
constexpr std::uint32_t kMostSteps = 50'000'000;
constexpr std::uint32_t kMostHeapKiB = 64 << 10;

pcre2_code* code_of(const std::shared_ptr<void>& code) { return static_cast<pcre2_code*>(code.get()); }

/// Bytes at the front that are UTF-8 (RFC 3629).
std::size_t valid_prefix(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const auto first = static_cast<unsigned char>(text[at]);
    const std::size_t length = first < 0x80   ? 1
                               : first < 0xC2 ? 0
                               : first < 0xE0 ? 2
                               : first < 0xF0 ? 3
                               : first < 0xF5 ? 4
                                              : 0;
    if (length == 0 || text.size() - at < length) break;
    const auto next = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
    const unsigned low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
    const unsigned high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
    if (length > 1 && (next(1) < low || next(1) > high)) break;
    if (length > 2 && (next(2) & 0xC0) != 0x80) break;
    if (length > 3 && (next(3) & 0xC0) != 0x80) break;
    at += length;
  }
  return at;
}

std::string message_of(int error) {
  PCRE2_UCHAR text[160] = {};
  pcre2_get_error_message(error, text, sizeof text);
  return reinterpret_cast<const char*>(text);
}

}  // namespace

SplitPattern::SplitPattern(std::string_view pattern) {
  if (pattern.size() > kLongestPattern)
    throw Error(Code::model_format, "tokenizer: a split pattern of " + std::to_string(pattern.size()) + " bytes");
  int error = 0;
  PCRE2_SIZE offset = 0;
  // No call-outs to bytes or embedded verbs that lift the limits below.
  constexpr std::uint32_t options = PCRE2_UTF | PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C | PCRE2_DOLLAR_ENDONLY;
  pcre2_code* code =
      pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(), options, &error, &offset, nullptr);
  if (code == nullptr) {
    throw Error(Code::model_format, "tokenizer: the split pattern is no regular expression at byte " +
                                        std::to_string(offset) + ": " + message_of(error));
  }
  code_ = std::shared_ptr<void>(code, [](void* c) { pcre2_code_free(static_cast<pcre2_code*>(c)); });
}

std::vector<std::string_view> SplitPattern::split(std::string_view text) const {
  const std::unique_ptr<pcre2_match_context, decltype(&pcre2_match_context_free)> context(
      pcre2_match_context_create(nullptr), pcre2_match_context_free);
  const std::unique_ptr<pcre2_match_data, decltype(&pcre2_match_data_free)> match(
      pcre2_match_data_create_from_pattern(code_of(code_), nullptr), pcre2_match_data_free);
  if (!context || !match) throw std::bad_alloc();
  pcre2_set_match_limit(context.get(), kMostSteps);
  pcre2_set_heap_limit(context.get(), kMostHeapKiB);
  std::vector<std::string_view> pieces;
  while (!text.empty()) {
    // The library checks all of a text with every match: its text is known to be UTF-8, and told so.
    const std::string_view part = text.substr(0, valid_prefix(text));
    std::size_t done = 0;
    while (done < part.size()) {
      const int found = pcre2_match(code_of(code_), reinterpret_cast<PCRE2_SPTR>(part.data()), part.size(), done,
                                    PCRE2_NOTEMPTY | PCRE2_NO_UTF_CHECK, match.get(), context.get());
      if (found == PCRE2_ERROR_NOMATCH) break;
      if (found < 0)
        throw Error(Code::model_format, "tokenizer: the split pattern fails on a text: " + message_of(found));
      const PCRE2_SIZE* ends = pcre2_get_ovector_pointer(match.get());
      const std::size_t begin = ends[0], end = ends[1];
      // \K moves the begin of a match.
      if (begin < done || end <= begin)
        throw Error(Code::model_format, "tokenizer: the split pattern matches backwards");
      if (begin > done) pieces.push_back(part.substr(done, begin - done));
      pieces.push_back(part.substr(begin, end - begin));
      done = end;
    }
    if (done < part.size()) pieces.push_back(part.substr(done));
    text.remove_prefix(part.size());
    if (text.empty()) break;
    pieces.push_back(text.substr(0, 1));  // a byte that is no part of a character
    text.remove_prefix(1);
  }
  return pieces;
}

}  // namespace wardmark
