#include "models/byte_level_bpe.h"

#include <algorithm>
#include <queue>
#include <tuple>

#include "core/error.h"

namespace wardmark {
namespace {

[[noreturn]] void refuse(const std::string& what) {
  throw Error(Code::model_format, "tokenizer: " + what, "its files are damaged, or not of byte-level BPE");
}

/// Below U+0800.
std::string utf8(unsigned point) {
  if (point < 0x80) return {static_cast<char>(point)};
  return {static_cast<char>(0xC0 | point >> 6), static_cast<char>(0x80 | (point & 0x3F))};
}

bool printable(unsigned byte) {
  return (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
}

std::array<std::string, 256> make_symbols() {
  std::array<std::string, 256> symbols;
  unsigned next = 0x100;
  for (unsigned byte = 0; byte < 256; ++byte) symbols.at(byte) = utf8(printable(byte) ? byte : next++);
  return symbols;
}

std::uint64_t pair_of(std::int32_t left, std::int32_t right) {
  return static_cast<std::uint64_t>(static_cast<std::uint32_t>(left)) << 32 | static_cast<std::uint32_t>(right);
}

bool white(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

/// A token on its way: neighbours by index, -1 at the ends.
struct Node {
  std::int32_t id, previous, next;
  std::uint32_t begin, end;
};

}  // namespace

const std::array<std::string, 256>& byte_symbols() {
  static const std::array<std::string, 256> symbols = make_symbols();
  return symbols;
}

std::optional<std::string> bytes_of_symbols(std::string_view word) {
  static const auto bytes = [] {
    std::unordered_map<std::string, char> map;
    for (unsigned byte = 0; byte < 256; ++byte) map[byte_symbols().at(byte)] = static_cast<char>(byte);
    return map;
  }();
  std::string plain;
  for (std::size_t at = 0; at < word.size();) {
    const std::size_t length = static_cast<unsigned char>(word[at]) < 0x80 ? 1 : 2;
    const auto found = bytes.find(std::string(word.substr(at, length)));
    if (found == bytes.end()) return std::nullopt;
    plain += found->second;
    at += length;
  }
  return plain;
}

ByteLevelBpe::ByteLevelBpe(ByteLevelModel model) : model_(std::move(model)) {
  const auto known = [&](std::int32_t id) { return id >= 0 && id < size(); };
  for (const std::string& pattern : model_.patterns) patterns_.emplace_back(pattern);
  bytes_.fill(model_.unknown);
  decoded_.resize(model_.words.size());
  for (std::size_t id = 0; id < model_.words.size(); ++id) {
    const auto bytes = model_.plain[id] ? std::nullopt : bytes_of_symbols(model_.words[id]);
    decoded_[id] = bytes ? *bytes : model_.words[id];
    if (bytes && bytes->size() == 1)
      bytes_.at(static_cast<unsigned char>(bytes->front())) = static_cast<std::int32_t>(id);
  }
  if (std::ranges::find(bytes_, -1) != bytes_.end()) refuse("a byte has no word in the vocabulary");
  for (std::size_t rank = 0; rank < model_.merges.size(); ++rank) {
    const auto& [left, right, whole] = model_.merges[rank];
    if (!known(left) || !known(right) || !known(whole)) refuse("a merge of words that the vocabulary lacks");
    rules_.try_emplace(pair_of(left, right), Rule{static_cast<std::uint32_t>(rank), whole});
  }
  for (const AddedToken& token : model_.added) {
    if (!known(token.id) || token.content.empty()) refuse("an added token without a place or content");
  }
  std::ranges::stable_sort(model_.added, std::greater(), [](const AddedToken& t) { return t.content.size(); });
  if (!model_.whole_words) return;
  for (std::size_t id = 0; id < decoded_.size(); ++id) {
    if (!model_.plain[id] && !decoded_[id].empty()) by_bytes_.emplace(decoded_[id], static_cast<std::int32_t>(id));
  }
}

std::vector<ByteLevelBpe::Part> ByteLevelBpe::cut_added(std::vector<Part> parts, bool normalised) const {
  if (std::ranges::none_of(model_.added, [&](const AddedToken& t) { return t.normalised == normalised; })) return parts;
  std::array<bool, 256> starts{};
  for (const AddedToken& token : model_.added) {
    if (token.normalised == normalised) starts.at(static_cast<unsigned char>(token.content.front())) = true;
  }
  std::vector<Part> cut;
  for (const Part& part : parts) {
    if (part.id >= 0) {
      cut.push_back(part);
      continue;
    }
    std::size_t done = 0;
    for (std::size_t at = 0; at < part.text.size();) {
      const auto fits = [&](const AddedToken& token) {  // The longest comes first.
        return token.normalised == normalised && part.text.substr(at).starts_with(token.content);
      };
      const auto found = starts.at(static_cast<unsigned char>(part.text[at])) ? std::ranges::find_if(model_.added, fits)
                                                                              : model_.added.end();
      if (found == model_.added.end()) {
        ++at;
        continue;
      }
      std::size_t begin = at, end = at + found->content.size();
      while (found->strip_left && begin > done && white(part.text[begin - 1])) --begin;
      while (found->strip_right && end < part.text.size() && white(part.text[end])) ++end;
      if (begin > done) cut.push_back({part.text.substr(done, begin - done)});
      cut.push_back({part.text.substr(begin, end - begin), found->id});
      done = at = end;
    }
    if (done < part.text.size()) cut.push_back({part.text.substr(done)});
  }
  return cut;
}

void ByteLevelBpe::cut_pieces(std::string_view text, std::size_t pattern, std::vector<std::string_view>& pieces) const {
  if (pattern == patterns_.size()) {
    pieces.push_back(text);
    return;
  }
  for (const std::string_view piece : patterns_[pattern].split(text)) cut_pieces(piece, pattern + 1, pieces);
}

/// The merge of the lowest rank first, of equal ranks the leftmost, until none applies.
void ByteLevelBpe::merge(std::string_view piece, std::uint32_t at, std::vector<Token>& tokens) const {
  if (model_.whole_words) {
    if (const auto found = by_bytes_.find(piece); found != by_bytes_.end()) {
      tokens.push_back({found->second, at, at + static_cast<std::uint32_t>(piece.size())});
      return;
    }
  }
  std::vector<Node> nodes(piece.size());
  const auto count = static_cast<std::int32_t>(piece.size());
  for (std::int32_t i = 0; i < count; ++i) {
    const auto begin = at + static_cast<std::uint32_t>(i);
    const auto byte = static_cast<unsigned char>(piece[static_cast<std::size_t>(i)]);
    nodes[static_cast<std::size_t>(i)] = {bytes_.at(byte), i - 1, i + 1 < count ? i + 1 : -1, begin, begin + 1};
  }
  const auto node = [&](std::int32_t i) -> Node& { return nodes[static_cast<std::size_t>(i)]; };
  // Rank, left node, the pair it was found for: out of date when either side has changed since.
  using Candidate = std::tuple<std::uint32_t, std::int32_t, std::uint64_t, std::int32_t>;
  std::priority_queue<Candidate, std::vector<Candidate>, std::greater<>> queue;
  const auto offer = [&](std::int32_t left) {
    if (left < 0 || node(left).next < 0) return;
    const std::uint64_t pair = pair_of(node(left).id, node(node(left).next).id);
    if (const auto rule = rules_.find(pair); rule != rules_.end())
      queue.emplace(rule->second.rank, left, pair, rule->second.whole);
  };
  for (std::int32_t i = 0; i + 1 < count; ++i) offer(i);
  while (!queue.empty()) {
    const auto [rank, left, pair, whole] = queue.top();
    queue.pop();
    const std::int32_t right = node(left).next;
    if (node(left).id < 0 || right < 0 || pair_of(node(left).id, node(right).id) != pair) continue;
    node(left).id = whole;
    node(left).end = node(right).end;
    node(left).next = node(right).next;
    if (node(left).next >= 0) node(node(left).next).previous = left;
    node(right).id = -1;
    offer(node(left).previous);
    offer(left);
  }
  for (std::int32_t i = count > 0 ? 0 : -1; i >= 0; i = node(i).next)
    tokens.push_back({node(i).id, node(i).begin, node(i).end});
}

std::vector<Token> ByteLevelBpe::encode(std::string_view text) const {
  if (text.size() >= UINT32_MAX) refuse("a text of 4 GiB or more");
  std::vector<Token> tokens;
  std::vector<std::string_view> pieces;
  std::string spaced;
  for (const Part& part : cut_added(cut_added({{text}}, false), true)) {
    const auto at = static_cast<std::uint32_t>(part.text.data() - text.data());
    if (part.id >= 0) {
      tokens.push_back({part.id, at, at + static_cast<std::uint32_t>(part.text.size())});
      continue;
    }
    const bool shifted = model_.prefix_space && !part.text.starts_with(' ');
    spaced.assign(shifted ? " " : "").append(part.text);
    pieces.clear();
    cut_pieces(spaced, 0, pieces);
    const std::size_t first = tokens.size();
    for (const std::string_view piece : pieces)
      merge(piece, at + static_cast<std::uint32_t>(piece.data() - spaced.data()), tokens);
    if (!shifted) continue;
    // The space that was put in front stands for no byte of the text.
    for (std::size_t i = first; i < tokens.size(); ++i) {
      tokens[i].begin -= tokens[i].begin > at;
      tokens[i].end -= 1;
    }
  }
  return tokens;
}

std::string ByteLevelBpe::decode(std::span<const std::int32_t> ids) const {
  std::string text;
  for (const std::int32_t id : ids) {
    if (id >= 0 && id < size()) text += decoded_[static_cast<std::size_t>(id)];
  }
  return text;
}

}  // namespace wardmark
