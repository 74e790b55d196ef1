#include "models/llama2c_tokenizer.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <queue>
#include <tuple>

#include "core/error.h"

namespace wardmark {
namespace {

constexpr std::size_t kLongestWord = 1024;
/// Words 0 to 2 are unknown, begin and end; behind them stand the 256 bytes.
constexpr std::int32_t kFirstByte = 3;
constexpr std::size_t kReserved = 3 + 256;

[[noreturn]] void refuse(const std::string& what) {
  throw Error(Code::model_format, "tokenizer.bin: " + what,
              "a tokenizer.bin of llama2.c is needed (export of tokenizer.py)");
}

template <class T>
T take(ByteView& rest) {
  T value;
  if (rest.size() < sizeof value) refuse("cut short");
  std::memcpy(&value, rest.data(), sizeof value);
  rest = rest.subspan(sizeof value);
  return value;
}

std::size_t character_length(char first) {
  const auto byte = static_cast<unsigned char>(first);
  return byte < 0xC0 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
}

}  // namespace

ScoredWords parse_scored_words(ByteView file) {
  ScoredWords read;
  ByteView rest = file;
  const auto longest = take<std::int32_t>(rest);
  if (longest < 1 || longest > static_cast<std::int32_t>(kLongestWord))
    refuse("a longest word of " + std::to_string(longest) + " bytes");
  while (!rest.empty()) {
    const auto score = take<float>(rest);
    const auto length = take<std::int32_t>(rest);
    if (!std::isfinite(score)) refuse("a score that is no number");
    if (length < 0 || static_cast<std::size_t>(length) > std::min(rest.size(), kLongestWord))
      refuse("a word of " + std::to_string(length) + " bytes");
    read.words.emplace_back(text_of(rest.first(static_cast<std::size_t>(length))));
    read.scores.push_back(score);
    rest = rest.subspan(static_cast<std::size_t>(length));
  }
  if (read.words.size() < kReserved) refuse("fewer words than special ones and bytes");
  return read;
}

Llama2cTokenizer::Llama2cTokenizer(ScoredWords words) : words_(std::move(words)) {
  // Reserved words are never found in a text.
  for (std::size_t id = kReserved; id < words_.words.size(); ++id)
    ids_.try_emplace(words_.words[id], static_cast<std::int32_t>(id));
}

std::int32_t Llama2cTokenizer::word(const std::string& text) const {
  const auto found = ids_.find(text);
  return found == ids_.end() ? -1 : found->second;
}

std::vector<Token> Llama2cTokenizer::characters(std::string_view text) const {
  std::vector<Token> tokens;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = std::min(character_length(text[at]), text.size() - at);
    const auto begin = static_cast<std::uint32_t>(at), end = static_cast<std::uint32_t>(at + length);
    if (const std::int32_t id = word(std::string(text.substr(at, length))); id >= 0) {
      tokens.push_back({id, begin, end});
    } else {
      for (std::size_t i = at; i < at + length; ++i)
        tokens.push_back({kFirstByte + static_cast<unsigned char>(text[i]), begin, end});
    }
    at += length;
  }
  return tokens;
}

/// The pair with the best score is joined first, of equal ones the leftmost.
std::vector<Token> Llama2cTokenizer::encode(std::string_view text) const {
  if (text.empty()) return {};
  if (text.size() >= UINT32_MAX) refuse("a text of 4 GiB or more");
  const std::string spaced = " " + std::string(text);
  std::vector<Token> tokens = characters(spaced);
  const auto count = static_cast<std::int32_t>(tokens.size());
  std::vector<std::int32_t> next(tokens.size()), previous(tokens.size());
  const auto at = [](auto& list, std::int32_t i) -> auto& { return list[static_cast<std::size_t>(i)]; };
  for (std::int32_t i = 0; i < count; ++i) {
    at(next, i) = i + 1;
    at(previous, i) = i - 1;
  }
  using Candidate =
      std::tuple<float, std::int32_t, std::int32_t, std::int32_t, std::int32_t>;  // -score, left, pair, whole
  std::priority_queue<Candidate, std::vector<Candidate>, std::greater<>> queue;
  const auto offer = [&](std::int32_t left) {
    if (left < 0 || at(next, left) >= count) return;
    const std::int32_t l = at(tokens, left).id, r = at(tokens, at(next, left)).id;
    const std::int32_t whole = word(at(words_.words, l) + at(words_.words, r));
    if (whole >= 0) queue.emplace(-at(words_.scores, whole), left, l, r, whole);
  };
  for (std::int32_t i = 0; i + 1 < count; ++i) offer(i);
  while (!queue.empty()) {
    const auto [score, left, l, r, whole] = queue.top();
    queue.pop();
    const std::int32_t right = at(next, left);
    if (at(tokens, left).id != l || right >= count || at(tokens, right).id != r) continue;
    at(tokens, left).id = whole;
    at(tokens, left).end = at(tokens, right).end;
    at(tokens, right).id = -1;
    at(next, left) = at(next, right);
    if (at(next, left) < count) at(previous, at(next, left)) = left;
    offer(at(previous, left));
    offer(left);
  }
  std::vector<Token> kept;
  for (std::int32_t i = 0; i < count; i = at(next, i)) {
    Token token = at(tokens, i);
    token.begin -= token.begin > 0;
    token.end -= 1;
    kept.push_back(token);
  }
  return kept;
}

std::string Llama2cTokenizer::decode(std::span<const std::int32_t> ids) const {
  std::string text;
  for (const std::int32_t id : ids) {
    if (id < kFirstByte || id >= size()) continue;
    if (id < static_cast<std::int32_t>(kReserved)) {
      text += static_cast<char>(id - kFirstByte);
    } else {
      text += words_.words[static_cast<std::size_t>(id)];
    }
  }
  if (text.starts_with(' ')) text.erase(0, 1);  // the one that encode() puts in front
  return text;
}

}  // namespace wardmark
