#include "verify/sentence_ranks.h"

#include <doctest/doctest.h>

#include <cfloat>
#include <cmath>
#include <functional>
#include <numeric>

#include "core/error.h"
#include "core/random.h"

using namespace wardmark;

namespace {

const Subkey kKey(Bytes(32, 9));

/// By looking at every combination of ranks.
double slow_p(const std::vector<std::uint32_t>& sizes, std::uint64_t sum) {
  std::uint64_t hits = 0, all = 0;
  const std::function<void(std::size_t, std::uint64_t)> walk = [&](std::size_t at, std::uint64_t so_far) {
    if (at == sizes.size()) {
      ++all;
      hits += so_far <= sum ? 1 : 0;
      return;
    }
    for (std::uint32_t rank = 1; rank <= sizes[at]; ++rank) walk(at + 1, so_far + rank);
  };
  walk(0, 0);
  return static_cast<double>(hits) / static_cast<double>(all);
}

std::int64_t noise(Stream& stream) { return std::llround(1000 * stream.normal()); }

struct Setting {
  std::uint32_t sentences = 12, members = 8;
  double shift = 0;         ///< of the released score, in standard deviations
  double controls = 0;      ///< fault: the siblings come from another generator, this much less likely
  bool ties_for = false;    ///< fault: ties count for the claim
  std::int64_t coarse = 1;  ///< scores are rounded to this
};

std::vector<SentenceScores> drawn(Stream& stream, const Setting& setting) {
  std::vector<SentenceScores> all(setting.sentences);
  for (SentenceScores& s : all) {
    s.released = stream.below(setting.members);
    for (std::size_t m = 0; m < setting.members; ++m) {
      const double add = m == s.released ? setting.shift : -setting.controls;
      s.members.push_back((noise(stream) + std::llround(1000 * add)) / setting.coarse);
    }
    if (setting.ties_for) {  // rank by strictly better ones alone
      for (std::size_t m = 0; m < setting.members; ++m) s.members[m] = 2 * s.members[m] + (m == s.released ? 1 : 0);
    }
  }
  return all;
}

double found(const Setting& setting, double level = 0.05) {
  Stream stream(kKey, "rank-trials");
  int below = 0;
  constexpr int kTrials = 3000;
  for (int trial = 0; trial < kTrials; ++trial) {
    const auto sets = drawn(stream, setting);
    std::uint64_t sum = 0;
    for (const SentenceScores& s : sets) sum += rank_of(s);
    const std::vector<std::uint32_t> sizes(setting.sentences, setting.members);
    below += rank_sum_p(sizes, sum) <= level ? 1 : 0;
  }
  return static_cast<double>(below) / kTrials;
}

}  // namespace

TEST_CASE("p of a sum of ranks is counted, in both tails and for unequal sets") {
  for (const auto& sizes :
       std::vector<std::vector<std::uint32_t>>{{2}, {5}, {4, 4, 4}, {2, 3, 7}, {3, 3, 3, 3, 3, 3}}) {
    const std::uint64_t most = std::accumulate(sizes.begin(), sizes.end(), std::uint64_t{0});
    for (std::uint64_t sum = sizes.size(); sum <= most; ++sum)
      CHECK(rank_sum_p(sizes, sum) == doctest::Approx(slow_p(sizes, sum)).epsilon(1e-11));
    CHECK(rank_sum_p(sizes, most) == 1);
  }
  // One sentence is rank / count; all first is the product of 1 / count.
  CHECK(rank_sum_p(std::vector<std::uint32_t>{20}, 3) == doctest::Approx(3.0 / 20).epsilon(1e-11));
  CHECK(rank_sum_p(std::vector<std::uint32_t>(30, 20), 30) == doctest::Approx(std::pow(20.0, -30)).epsilon(1e-10));
  CHECK(rank_sum_p(std::vector<std::uint32_t>(30, 20), 31) == doctest::Approx(31 * std::pow(20.0, -30)).epsilon(1e-10));
  CHECK(rank_sum_p(std::vector<std::uint32_t>(400, 1000), 400) == DBL_MIN);  // never 0
}

TEST_CASE("ties count against the claim") {
  CHECK(rank_of({{5, 5, 3, 9}, 0}) == 3);
  CHECK(rank_of({{5, 5, 5, 5}, 2}) == 4);
  CHECK(rank_of({{1, 2, 3}, 2}) == 1);
  const std::vector<SentenceScores> same(6, {{4, 4, 4, 4, 4}, 1});
  CHECK(rank_test(same, 1e-3, kKey).p == 1);
}

TEST_CASE("effect, interval and smallest shift follow the scores") {
  Stream stream(kKey, "effect");
  const auto sets = drawn(stream, {30, 20, 1.0});
  const RankResult r = rank_test(sets, 5e-5, kKey);
  CHECK(r.sentences == 30);
  CHECK(r.members == 20);
  CHECK(r.p < 1e-3);
  CHECK(r.effect == doctest::Approx(1000).epsilon(0.4));
  CHECK(r.spread == doctest::Approx(1000).epsilon(0.1));
  CHECK(r.won == doctest::Approx(0.76).epsilon(0.15));
  REQUIRE((r.low && r.high && r.detectable));
  CHECK(*r.low < 1000);
  CHECK(*r.high > 1000);
  CHECK(*r.high - *r.low < 1500);
  CHECK(*r.detectable > 500);
  CHECK(*r.detectable < 2500);
  // A set of two can't reach the level alone, however far the released sentence stands out.
  const RankResult small = rank_test(std::vector<SentenceScores>(1, {{9, 1}, 0}), 1e-3, kKey);
  CHECK(small.p == doctest::Approx(0.5).epsilon(1e-9));
  CHECK_FALSE(small.detectable);
  CHECK_FALSE(small.low);
  CHECK_THROWS_AS(rank_test(std::vector<SentenceScores>{{{1}, 0}}, 1e-3, kKey), Error);
}

TEST_CASE("the interval holds the true shift, by its level") {
  Stream stream(kKey, "interval");
  int held = 0;
  for (int trial = 0; trial < 400; ++trial) {
    const RankResult r = rank_test(drawn(stream, {10, 10, 0.5}), 0.4, kKey);
    held += r.low && r.high && *r.low <= 501 && *r.high >= 499 ? 1 : 0;
  }
  CHECK(held >= 400 * 0.95 - 14);  // 3 standard deviations
}

TEST_CASE("innocent suspects are left alone, and procedures that are wrong are found out") {
  CHECK(found({}) == doctest::Approx(0.05).epsilon(0.25));
  CHECK(found({}, 0.01) < 0.016);
  CHECK(found({12, 8, 0, 0, false, 1500}) < 0.05);  // coarse scores: ties make it safer
  CHECK(found({12, 8, 0, 0, true, 1500}) > 0.5);    // ties for the claim
  CHECK(found({12, 8, 0, 0.5}) > 0.3);              // controls of another generator
  CHECK(found({12, 8, 1.0}) > 0.8);                 // and a guilty one is found
}

TEST_CASE("documents of one sentence are one unit") {
  // A fault: each of 6 documents of a sentence counted as a unit of its own, though one draw decides over all.
  Stream stream(kKey, "documents");
  int as_sentence = 0, as_document = 0;
  constexpr int kTrials = 2000;
  for (int trial = 0; trial < kTrials; ++trial) {
    std::uint64_t one = 0, many = 0;
    for (const SentenceScores& s : drawn(stream, {5, 8})) {
      one += rank_of(s);
      many += 6 * rank_of(s);
    }
    as_sentence += rank_sum_p(std::vector<std::uint32_t>(5, 8), one) <= 0.01 ? 1 : 0;
    as_document += rank_sum_p(std::vector<std::uint32_t>(30, 8), many) <= 0.01 ? 1 : 0;
  }
  CHECK(as_sentence <= kTrials * 0.01 + 14);
  CHECK(as_document > kTrials * 0.1);
}
