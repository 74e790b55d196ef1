#include "verify/text_calibration.h"

#include <algorithm>
#include <numeric>

#include "core/error.h"
#include "core/random.h"
#include "verify/sentence_ranks.h"

namespace wardmark {
namespace {

constexpr int kRedraws = 20;

/// The set with one score a member: the sum over its contexts.
SentenceScores summed(const SetScores& set) {
  SentenceScores sentence;
  sentence.released = set.released;
  for (const std::vector<std::int64_t>& contexts : set.members)
    sentence.members.push_back(std::accumulate(contexts.begin(), contexts.end(), std::int64_t{0}));
  return sentence;
}

class TextTrial {
 public:
  TextTrial(std::span<const SetScores> sets, const Subkey& draw_key)
      : sets_(sets), stream_(draw_key, "text-calibration") {
    for (const SetScores& set : sets) {
      if (set.members.size() < 2) broken_promise("a set without siblings");
      for (const auto& contexts : set.members) {
        if (contexts.empty() || contexts.size() != sets.front().members.front().size())
          broken_promise("members asked in different contexts");
      }
      sentences_.push_back(summed(set));
    }
  }

  std::array<double, kTextProcedures> run() {
    std::array<double, kTextProcedures> p{};
    p[0] = proper();
    p[1] = randomised(sentences_);
    p[2] = redrawn(p[1]);
    p[3] = filtered();
    p[4] = copies();
    return p;
  }

 private:
  double proper() const {
    std::vector<std::uint32_t> sizes;
    std::uint64_t sum = 0;
    for (const SentenceScores& sentence : sentences_) {
      sizes.push_back(static_cast<std::uint32_t>(sentence.members.size()));
      sum += rank_of(sentence);
    }
    return rank_sum_p(sizes, sum);
  }

  /// A rank whose ties are broken by a coin.
  std::uint32_t drawn_rank(const SentenceScores& sentence) {
    const std::int64_t own = sentence.members[sentence.released];
    std::uint32_t above = 0, equal = 0;
    for (const std::int64_t score : sentence.members) {
      above += score > own ? 1 : 0;
      equal += score == own ? 1 : 0;  // itself included
    }
    return above + 1 + stream_.below(equal);
  }

  double p_of(std::span<const std::uint32_t> sizes, std::uint64_t sum) {
    const double at_most = rank_sum_p(sizes, sum);
    const double below = sum > sizes.size() ? rank_sum_p(sizes, sum - 1) : 0;
    return below + stream_.uniform() * (at_most - below);
  }

  double randomised(const std::vector<SentenceScores>& sentences) {
    std::vector<std::uint32_t> sizes;
    std::uint64_t sum = 0;
    for (const SentenceScores& sentence : sentences) {
      sizes.push_back(static_cast<std::uint32_t>(sentence.members.size()));
      sum += drawn_rank(sentence);
    }
    return p_of(sizes, sum);
  }

  double redrawn(double best) {
    std::vector<SentenceScores> other = sentences_;
    for (int n = 1; n < kRedraws; ++n) {
      for (SentenceScores& sentence : other)
        sentence.released = stream_.below(static_cast<std::uint32_t>(sentence.members.size()));
      best = std::min(best, randomised(other));
    }
    return best;
  }

  double filtered() {
    struct Ranked {
      std::uint32_t size, rank;
    };
    std::vector<Ranked> ranked;
    for (const SentenceScores& sentence : sentences_)
      ranked.push_back({static_cast<std::uint32_t>(sentence.members.size()), drawn_rank(sentence)});
    std::ranges::stable_sort(ranked, {}, [](const Ranked& r) { return static_cast<double>(r.rank) / r.size; });
    ranked.resize((ranked.size() + 1) / 2);
    std::vector<std::uint32_t> sizes;
    std::uint64_t sum = 0;
    for (const Ranked& r : ranked) {
      sizes.push_back(r.size);
      sum += r.rank;
    }
    return p_of(sizes, sum);
  }

  double copies() {
    std::vector<SentenceScores> units;
    for (const SetScores& set : sets_) {
      for (std::size_t c = 0; c < set.members.front().size(); ++c) {
        SentenceScores unit{{}, set.released};
        for (const auto& contexts : set.members) unit.members.push_back(contexts[c]);
        units.push_back(std::move(unit));
      }
    }
    return randomised(units);
  }

  std::span<const SetScores> sets_;
  std::vector<SentenceScores> sentences_;
  Stream stream_;
};

}  // namespace

std::string_view name(TextProcedure procedure) {
  constexpr std::array<std::string_view, kTextProcedures> kNames = {"proper", "randomised", "redrawn", "filtered",
                                                                    "copies"};
  return kNames[static_cast<std::size_t>(procedure)];
}

std::array<double, kTextProcedures> text_calibration_trial(std::span<const SetScores> sets, const Subkey& draw_key) {
  if (sets.empty()) broken_promise("a calibration without sentences");
  return TextTrial(sets, draw_key).run();
}

}  // namespace wardmark
