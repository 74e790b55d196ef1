#include "models/bpe_training.h"

#include <algorithm>
#include <map>
#include <queue>
#include <string>
#include <tuple>
#include <unordered_map>

#include "core/error.h"

namespace wardmark {
namespace {

constexpr std::int32_t kBytes = 256;
constexpr std::int32_t kMostWords = 65536;

using Pair = std::pair<std::int32_t, std::int32_t>;

std::uint64_t key_of(const Pair& pair) {
  return static_cast<std::uint64_t>(static_cast<std::uint32_t>(pair.first)) << 32 |
         static_cast<std::uint32_t>(pair.second);
}

/// A distinct piece of the texts.
struct Piece {
  std::vector<std::int32_t> ids;
  std::int64_t count = 0;
};

class Merging {
 public:
  explicit Merging(std::vector<Piece> pieces) : pieces_(std::move(pieces)) {
    for (std::uint32_t i = 0; i < pieces_.size(); ++i) count(i, 1);
    offer_changed();
  }

  /// The pair that stands most often, twice or more; false where there is none.
  bool best(Pair& pair) {
    while (!queue_.empty()) {
      const auto [times, negative_left, negative_right] = queue_.top();
      pair = {-negative_left, -negative_right};
      const auto found = pairs_.find(key_of(pair));
      if (found != pairs_.end() && found->second.times == times) return times > 1;
      queue_.pop();
    }
    return false;
  }

  void merge(const Pair& pair, std::int32_t whole) {
    std::vector<std::uint32_t> where = std::move(pairs_[key_of(pair)].pieces);
    std::ranges::sort(where);
    where.erase(std::ranges::unique(where).begin(), where.end());
    for (const std::uint32_t i : where) {
      count(i, -1);
      std::vector<std::int32_t>& ids = pieces_[i].ids;
      std::size_t kept = 0;
      for (std::size_t at = 0; at < ids.size(); ++kept) {
        const bool here = at + 1 < ids.size() && ids[at] == pair.first && ids[at + 1] == pair.second;
        ids[kept] = here ? whole : ids[at];
        at += here ? 2 : 1;
      }
      ids.resize(kept);
      count(i, 1);
    }
    pairs_.erase(key_of(pair));
    offer_changed();
  }

 private:
  struct Standing {
    std::int64_t times = 0;
    std::vector<std::uint32_t> pieces;  ///< where it stands, or stood
  };

  void count(std::uint32_t piece, std::int64_t sign) {
    const std::vector<std::int32_t>& ids = pieces_[piece].ids;
    for (std::size_t at = 0; at + 1 < ids.size(); ++at) {
      const Pair pair = {ids[at], ids[at + 1]};
      Standing& standing = pairs_[key_of(pair)];
      standing.times += sign * pieces_[piece].count;
      if (sign > 0 && (standing.pieces.empty() || standing.pieces.back() != piece)) standing.pieces.push_back(piece);
      changed_.push_back(pair);
    }
  }

  void offer_changed() {
    std::ranges::sort(changed_);
    changed_.erase(std::ranges::unique(changed_).begin(), changed_.end());
    for (const Pair& pair : changed_) {
      const auto found = pairs_.find(key_of(pair));
      if (found != pairs_.end() && found->second.times > 1)
        queue_.emplace(found->second.times, -pair.first, -pair.second);
    }
    changed_.clear();
  }

  std::vector<Piece> pieces_;
  std::unordered_map<std::uint64_t, Standing> pairs_;
  std::vector<Pair> changed_;
  std::priority_queue<std::tuple<std::int64_t, std::int32_t, std::int32_t>> queue_;
};

std::vector<Piece> pieces_of(const std::function<void(const std::function<void(std::string_view)>&)>& each_text) {
  const SplitPattern pattern(kGpt2Pattern);
  std::map<std::string, std::int64_t, std::less<>> counts;
  each_text([&](std::string_view text) {
    for (const std::string_view piece : pattern.split(text)) {
      const auto found = counts.find(piece);
      found == counts.end() ? counts.emplace(piece, 1) : (++found->second, std::pair(found, false));
    }
  });
  std::vector<Piece> pieces;
  for (const auto& [text, count] : counts) {
    Piece piece;
    for (const char c : text) piece.ids.push_back(static_cast<unsigned char>(c));
    piece.count = count;
    pieces.push_back(std::move(piece));
  }
  return pieces;
}

}  // namespace

ByteLevelModel train_byte_level_bpe(const std::function<void(const std::function<void(std::string_view)>&)>& each_text,
                                    std::int32_t words) {
  if (words <= kBytes || words > kMostWords) {
    throw Error(Code::parameter, "a vocabulary of " + std::to_string(words) + " words, not " +
                                     std::to_string(kBytes + 1) + " to " + std::to_string(kMostWords));
  }
  ByteLevelModel model;
  for (const std::string& symbol : byte_symbols()) model.words.push_back(symbol);
  Merging merging(pieces_of(each_text));
  Pair pair;
  while (static_cast<std::int32_t>(model.words.size()) + 1 < words && merging.best(pair)) {
    const auto whole = static_cast<std::int32_t>(model.words.size());
    model.merges.push_back({pair.first, pair.second, whole});
    model.words.push_back(model.words[static_cast<std::size_t>(pair.first)] +
                          model.words[static_cast<std::size_t>(pair.second)]);
    merging.merge(pair, whole);
  }
  model.plain.assign(model.words.size(), false);
  model.added.push_back({static_cast<std::int32_t>(model.words.size()), std::string(kEndOfText)});
  model.words.emplace_back(kEndOfText);
  model.plain.push_back(true);
  return model;
}

}  // namespace wardmark
