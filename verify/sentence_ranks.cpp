#include "verify/sentence_ranks.h"

#include <algorithm>
#include <cfloat>
#include <cmath>
#include <numeric>

#include "core/error.h"
#include "core/random.h"

namespace wardmark {
namespace {

constexpr std::uint32_t kInjections = 200;

/// Cumulated chances of the sums 0..most; ranks are counted from 0 here.
std::vector<long double> cumulated(std::span<const std::uint32_t> sizes, std::uint64_t most) {
  std::vector<long double> below(most + 1, 1);  // of no rank at all: the sum is 0
  for (const std::uint32_t size : sizes) {
    // Chance of each sum is the mean over a window of the chances before: a difference of cumulated ones. Where chances
    // rise with the sum, as they do below the middle, nothing cancels.
    std::vector<long double> next(most + 1);
    long double total = 0;
    for (std::uint64_t s = 0; s <= most; ++s) {
      total += (s >= size ? below[s] - below[s - size] : below[s]) / size;
      next[s] = total;
    }
    below = std::move(next);
  }
  return below;
}

double rounded_up(long double p) { return std::clamp(static_cast<double>(p * (1 + 1e-12L)), DBL_MIN, 1.0); }

/// Largest sum of ranks with P(sum <= it) <= level, for a level below 1/2; absent: even the smallest has more.
std::optional<std::uint64_t> critical_sum(std::span<const std::uint32_t> sizes, double level) {
  std::uint64_t most = 0;
  for (const std::uint32_t size : sizes) most += size - 1;
  const std::vector<long double> below = cumulated(sizes, most / 2);
  const auto above = std::ranges::find_if(below, [&](long double p) { return rounded_up(p) > level; });
  if (above == below.begin()) return std::nullopt;
  return sizes.size() + static_cast<std::uint64_t>(above - below.begin()) - 1;
}

/// Sum of ranks where the released scores are lowered by `shift`; ties against the claim, or for it.
std::uint64_t shifted_sum(std::span<const SentenceScores> sentences, double shift, bool against) {
  std::uint64_t sum = 0;
  for (const SentenceScores& s : sentences) {
    const double own = static_cast<double>(s.members[s.released]) - shift;
    ++sum;
    for (std::size_t m = 0; m < s.members.size(); ++m) {
      const auto other = static_cast<double>(s.members[m]);
      if (m != s.released && (other > own || (against && other == own))) ++sum;
    }
  }
  return sum;
}

double widest(std::span<const SentenceScores> sentences) {
  double range = 1;
  for (const SentenceScores& s : sentences) {
    const auto [low, high] = std::ranges::minmax(s.members);
    range = std::max(range, static_cast<double>(high) - static_cast<double>(low) + 1);
  }
  return range;
}

/// Where `holds` turns from true (low) to false (high), to 40 halvings.
template <typename Holds>
double turning_point(double low, double high, const Holds& holds) {
  for (int step = 0; step < 40; ++step) {
    const double middle = (low + high) / 2;
    (holds(middle) ? low : high) = middle;
  }
  return (low + high) / 2;
}

void invert(std::span<const SentenceScores> sentences, std::span<const std::uint32_t> sizes, RankResult& result) {
  const auto least = critical_sum(sizes, 0.025);
  if (!least) return;
  const double range = widest(sentences);
  const std::uint64_t total = std::accumulate(sizes.begin(), sizes.end(), std::uint64_t{sizes.size()});
  result.low = turning_point(-range, range, [&](double d) { return shifted_sum(sentences, d, true) <= *least; });
  result.high =
      turning_point(-range, range, [&](double d) { return total - shifted_sum(sentences, d, false) > *least; });
}

/// One sentence without its released member: as if it had fewer siblings and another had been published.
SentenceScores pretended(const SentenceScores& sentence, Stream& stream) {
  SentenceScores left = sentence;
  left.members.erase(left.members.begin() + static_cast<std::ptrdiff_t>(sentence.released));
  left.released = stream.below(static_cast<std::uint32_t>(left.members.size()));
  return left;
}

std::optional<double> detectable_shift(std::span<const SentenceScores> sentences, double level, const Subkey& seed) {
  std::vector<std::uint32_t> sizes;
  for (const SentenceScores& s : sentences) {
    if (s.members.size() < 3) return std::nullopt;
    sizes.push_back(static_cast<std::uint32_t>(s.members.size() - 1));
  }
  const auto critical = critical_sum(sizes, level);
  if (!critical) return std::nullopt;
  std::vector<std::vector<SentenceScores>> draws(kInjections);
  for (std::uint32_t d = 0; d < kInjections; ++d) {
    Stream stream(seed, "rank-injection", std::to_string(d));
    for (const SentenceScores& s : sentences) draws[d].push_back(pretended(s, stream));
  }
  return turning_point(0, 2 * widest(sentences), [&](double shift) {
    std::uint32_t found = 0;
    for (const auto& draw : draws) found += shifted_sum(draw, -shift, true) <= *critical ? 1 : 0;
    return found < kInjections * 9 / 10;
  });
}

}  // namespace

std::uint32_t rank_of(const SentenceScores& sentence) {
  const std::int64_t own = sentence.members.at(sentence.released);
  return static_cast<std::uint32_t>(std::ranges::count_if(sentence.members, [&](std::int64_t s) { return s >= own; }));
}

double rank_sum_p(std::span<const std::uint32_t> sizes, std::uint64_t sum) {
  std::uint64_t most = 0;
  for (const std::uint32_t size : sizes) most += size - 1;
  if (sum < sizes.size()) return DBL_MIN;
  const std::uint64_t from_zero = sum - sizes.size();
  if (from_zero >= most) return 1;
  // Sums are spread symmetrically: beyond the middle the other tail is counted.
  long double p = 0;
  if (2 * from_zero <= most) {
    p = cumulated(sizes, from_zero).back();
  } else {
    p = 1 - cumulated(sizes, most - from_zero - 1).back();
  }
  return rounded_up(p);
}

RankResult rank_test(std::span<const SentenceScores> sentences, double level, const Subkey& seed) {
  if (sentences.empty()) broken_promise("a rank test without sentences");
  RankResult result;
  std::vector<std::uint32_t> sizes;
  double won = 0;
  for (const SentenceScores& s : sentences) {
    if (s.members.size() < 2 || s.released >= s.members.size()) broken_promise("a set without siblings");
    const auto size = static_cast<std::uint32_t>(s.members.size());
    sizes.push_back(size);
    result.members = std::max(result.members, size);
    result.ranks.push_back(rank_of(s));
    result.sum += result.ranks.back();
    won += static_cast<double>(size - result.ranks.back()) / (size - 1);
    double mean = 0, square = 0;
    for (std::size_t m = 0; m < size; ++m) mean += m == s.released ? 0 : static_cast<double>(s.members[m]) / (size - 1);
    for (std::size_t m = 0; m < size; ++m) {
      const double off = static_cast<double>(s.members[m]) - mean;
      square += m == s.released ? 0 : off * off;
    }
    result.effect += static_cast<double>(s.members[s.released]) - mean;
    result.spread += size > 2 ? std::sqrt(square / (size - 2)) : 0;
  }
  const auto n = static_cast<double>(sentences.size());
  result.sentences = static_cast<std::uint32_t>(sentences.size());
  result.won = won / n;
  result.effect /= n;
  result.spread /= n;
  result.p = rank_sum_p(sizes, result.sum);
  result.floor = rank_sum_p(sizes, sizes.size());
  invert(sentences, sizes, result);
  result.detectable = detectable_shift(sentences, level, seed);
  return result;
}

}  // namespace wardmark
