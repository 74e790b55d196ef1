#include "verify/twin_test.h"

#include <doctest/doctest.h>

#include <cmath>
#include <string>

#include "core/plan.h"
#include "core/random.h"
#include "verify/calibration.h"

using namespace wardmark;

namespace {

Subkey key_of(std::uint64_t n) { return Subkey(Bytes(32, 9)).derive("test", {std::to_string(n)}); }

/// All sign sequences, one after the other.
double slow_p(const std::vector<std::int64_t>& differences, const std::vector<int>& coins) {
  const auto sum_of = [&](std::uint64_t signs) {
    std::int64_t sum = 0;
    for (std::size_t u = 0; u < differences.size(); ++u) sum += signs >> u & 1 ? differences[u] : -differences[u];
    return sum;
  };
  std::uint64_t mine = 0, hits = 0;
  for (std::size_t u = 0; u < coins.size(); ++u) mine |= static_cast<std::uint64_t>(coins[u]) << u;
  const std::uint64_t all = std::uint64_t{1} << differences.size();
  for (std::uint64_t signs = 0; signs < all; ++signs) hits += sum_of(signs) >= sum_of(mine) ? 1 : 0;
  return static_cast<double>(hits) / static_cast<double>(all);
}

/// Differences of an innocent suspect: heavy tails, a liking for one version over the other.
std::vector<std::int64_t> innocent(Stream& stream, std::size_t units) {
  std::vector<std::int64_t> differences;
  for (std::size_t u = 0; u < units; ++u) {
    const double x = stream.uniform() - 0.4;
    differences.push_back(std::llround(4000 * x * x * x) + (stream.below(3) == 0 ? 0 : 20));
  }
  return differences;
}

std::vector<int> toss(Stream& stream, std::size_t units) {
  std::vector<int> coins;
  for (std::size_t u = 0; u < units; ++u) coins.push_back(static_cast<int>(stream.below(2)));
  return coins;
}

}  // namespace

TEST_CASE("p of twins is the share of all coin sequences") {
  for (std::uint64_t n = 0; n < 60; ++n) {
    Stream stream(key_of(n), "slow");
    const std::size_t units = 1 + stream.below(14);
    const auto differences = innocent(stream, units);
    const auto coins = toss(stream, units);
    const TwinResult found = twin_test(differences, coins, 1e-3);
    CHECK(found.p == doctest::Approx(slow_p(differences, coins)).epsilon(1e-12));
    CHECK(found.step == 1);
    CHECK(found.p >= found.floor);
  }
}

TEST_CASE("an effect is found, stands inside its interval, and the other versions' effect is its mirror") {
  Stream stream(key_of(1), "effect");
  auto coins = toss(stream, 400);
  std::vector<std::int64_t> differences;
  for (std::size_t u = 0; u < 400; ++u)
    differences.push_back(std::llround(900 * (stream.uniform() - 0.5)) + (coins[u] == 1 ? 120 : -120));
  const TwinResult found = twin_test(differences, coins, 1e-3);
  CHECK(found.p < 1e-12);
  CHECK(found.effect == doctest::Approx(0.12).epsilon(0.2));
  CHECK(found.interval.low < 0.12);
  CHECK(found.interval.high > 0.12);
  CHECK(found.interval.high - found.interval.low == doctest::Approx(4 * 0.26 / 20).epsilon(0.1));
  CHECK(found.detectable == doctest::Approx((3.0902 + 1.2816) * std::hypot(0.26, 0.12) / 20).epsilon(0.1));
  for (int& coin : coins) coin = 1 - coin;
  const TwinResult other = twin_test(differences, coins, 1e-3);
  CHECK(other.p == doctest::Approx(1));
  CHECK(other.effect == doctest::Approx(-found.effect));
}

TEST_CASE("nothing to tell versions apart by gives p = 1, and few units no small p") {
  CHECK(twin_test(std::vector<std::int64_t>(50, 0), std::vector<int>(50, 1), 1e-3).p == 1);
  const TwinResult few = twin_test(std::vector<std::int64_t>(4, 10), std::vector<int>(4, 1), 1e-3);
  CHECK(few.p == 1.0 / 16);
  CHECK(few.floor == 1.0 / 16);
  CHECK(twin_test({}, {}, 1e-3).p == 1);
  // Sums that do not fit into the steps are rounded before any coin is looked at.
  const TwinResult large = twin_test(std::vector<std::int64_t>(100, 30000), std::vector<int>(100, 1), 1e-3);
  CHECK(large.step > 1);
  CHECK(large.p == doctest::Approx(std::pow(0.5, 100)));
  CHECK_THROWS(twin_test(std::vector<std::int64_t>(2, 1), std::vector<int>{1, 2}, 1e-3));
  CHECK_THROWS(twin_test(std::vector<std::int64_t>(2, 1), std::vector<int>{1}, 1e-3));
}

TEST_CASE("innocent suspects pass, and faults of twins are found out") {
  constexpr std::size_t kTrials = 600, kUnits = 60, kEach = 5;
  std::vector<double> proper, per_picture, dropped, re_made;
  for (std::size_t n = 0; n < kTrials; ++n) {
    Stream stream(key_of(n), "calibration");
    const auto differences = innocent(stream, kUnits);
    const auto coins = toss(stream, kUnits);
    proper.push_back(twin_test(differences, coins, 1e-3).p);
    // A coin of a group, judged as if every picture had its own: pictures of a group are alike to a suspect.
    std::vector<std::int64_t> pictures;
    std::vector<int> shared;
    for (std::size_t u = 0; u < kUnits; ++u) {
      for (std::size_t k = 0; k < kEach; ++k) {
        pictures.push_back(differences[u] + stream.below(40));
        shared.push_back(coins[u]);
      }
    }
    per_picture.push_back(twin_test(pictures, shared, 1e-3).p);
    // Units of which version 0 was to be published are left out now and then, as a refusal of one version alone would.
    std::vector<std::int64_t> kept;
    std::vector<int> kept_coins;
    for (std::size_t u = 0; u < kUnits; ++u) {
      if (coins[u] == 0 && differences[u] > 0 && stream.below(4) == 0) continue;
      kept.push_back(differences[u]);
      kept_coins.push_back(coins[u]);
    }
    dropped.push_back(twin_test(kept, kept_coins, 1e-3).p);
    // The published version as its file was coded, the other one made in memory: coding itself makes a difference.
    std::vector<std::int64_t> uneven = differences;
    for (std::size_t u = 0; u < kUnits; ++u) uneven[u] += coins[u] == 1 ? 25 : -25;
    re_made.push_back(twin_test(uneven, coins, 1e-3).p);
  }
  CHECK(calibrate(proper).holds());
  CHECK_FALSE(calibrate(per_picture).holds());
  CHECK_FALSE(calibrate(dropped).holds());
  CHECK_FALSE(calibrate(re_made).holds());
}

TEST_CASE("differences are those of the picture's own class, whatever the order of the questions") {
  const QuestionOrder order(key_of(3).derive("order"), 1, 2, 40);
  const std::vector<std::uint32_t> meant = {1, kNoClass, 0};  // a suspect that names its classes otherwise
  std::vector<std::uint32_t> of_class;
  for (std::uint32_t p = 0; p < 40; ++p) of_class.push_back(p % 3);
  Answers labels;
  Answers scores{Access::scores, 3, {}};
  for (std::size_t n = 0; n < order.size(); ++n) {
    const Question q = order.at(n);
    labels.values.push_back(q.slot == 1 ? 2 : 0);  // version 1 is class 0, version 0 class 1
    for (int c = 0; c < 3; ++c) scores.values.push_back(static_cast<int>(q.picture) * 10 + c + (q.slot == 1 ? 5 : 0));
  }
  const auto by_label = twin_differences(order, labels, of_class, meant);
  const auto by_score = twin_differences(order, scores, of_class, meant);
  for (std::uint32_t p = 0; p < 40; ++p) {
    CHECK(by_label[p] == (of_class[p] == 0 ? 1000 : of_class[p] == 1 ? -1000 : 0));
    CHECK(by_score[p] == (of_class[p] == 2 ? 0 : 5));  // class 2 is none that the suspect knows
  }
}
