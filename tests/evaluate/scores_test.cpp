#include "evaluate/scores.h"

#include <doctest/doctest.h>

#include <cmath>
#include <random>

#include "core/error.h"

using namespace wardmark;

namespace {

// Area under the curve by all pairs, of softmax probabilities in long double.
double all_pairs(const std::vector<float>& logits, const std::vector<std::int64_t>& labels, std::size_t k,
                 std::size_t c) {
  const auto odds = [&](std::size_t i) {
    long double others = 0;
    for (std::size_t j = 0; j < k; ++j) {
      if (j != c)
        others += std::exp(static_cast<long double>(logits[i * k + j]) - static_cast<long double>(logits[i * k + c]));
    }
    return -others;
  };
  double won = 0, pairs = 0;
  for (std::size_t a = 0; a < labels.size(); ++a) {
    for (std::size_t b = 0; b < labels.size(); ++b) {
      if (labels[a] != static_cast<std::int64_t>(c) || labels[b] == static_cast<std::int64_t>(c)) continue;
      pairs += 1;
      won += odds(a) > odds(b) ? 1 : (odds(a) == odds(b) ? 0.5 : 0);
    }
  }
  return won / pairs;
}

}  // namespace

TEST_CASE("scores by hand") {
  const std::vector<std::int64_t> labels = {0, 0, 0, 0, 1, 1};
  // Differences 3, 1, -1, 0 | 0, -2: the picture of difference 0 is called class 0 (the first of equals).
  const std::vector<float> logits = {3, 0, 1, 0, -1, 0, 5, 5, 2, 2, 0, 2};
  const Scores s = score(logits, labels, 2);
  CHECK(s.pictures == 6);
  CHECK(s.accuracy == doctest::Approx(4.0 / 6));
  REQUIRE(s.recalls.size() == 2);
  CHECK(s.recalls[0] == 0.75);
  CHECK(s.recalls[1] == 0.5);
  CHECK(s.balanced_accuracy == 0.625);
  CHECK(s.majority_rate == doctest::Approx(4.0 / 6));
  // Pairs: against 0: 3 and 1 win, -1 loses, 0 ties; against -2 all four win: 6.5 of 8.
  CHECK(s.aucs[0] == doctest::Approx(6.5 / 8));
  CHECK(s.aucs[1] == doctest::Approx(6.5 / 8));
  CHECK(s.auc == doctest::Approx(6.5 / 8));
}

TEST_CASE("the AUC counts pairs, with ties, and knows extreme logits apart") {
  std::mt19937 random(1);
  std::vector<float> logits;
  std::vector<std::int64_t> labels;
  for (int i = 0; i < 90; ++i) {
    labels.push_back(i % 7 < 3 ? 0 : (i % 7 < 5 ? 1 : 2));
    // Whole numbers: many ties.
    for (int c = 0; c < 3; ++c) logits.push_back(static_cast<float>(random() % 4) + (labels.back() == c ? 1 : 0));
  }
  const Scores s = score(logits, labels, 3);
  double mean = 0;
  for (std::size_t c = 0; c < 3; ++c) {
    const double wanted = all_pairs(logits, labels, 3, c);
    CHECK(s.aucs[c] == doctest::Approx(wanted));
    mean += wanted / 3;
  }
  CHECK(s.auc == doctest::Approx(mean));
  // Softmax gives 1 for both; the order is still there.
  CHECK(score(std::vector<float>{200, 0, 100, 0}, std::vector<std::int64_t>{0, 1}, 2).auc == 1.0);
  // The same to every logit of a picture says nothing.
  CHECK(score(std::vector<float>{1, 0, 52, 50}, std::vector<std::int64_t>{1, 0}, 2).auc == 1.0);
}

TEST_CASE("classes without pictures are left out, and wrong input is refused") {
  const Scores s = score(std::vector<float>{1, 0, 0, 0, 1, 0}, std::vector<std::int64_t>{0, 1}, 3);
  CHECK(std::isnan(s.recalls[2]));
  CHECK(std::isnan(s.aucs[2]));
  CHECK(s.balanced_accuracy == 1.0);
  CHECK(s.auc == 1.0);
  const Scores one = score(std::vector<float>{1, 0}, std::vector<std::int64_t>{0}, 2);
  CHECK(one.accuracy == 1.0);
  CHECK(std::isnan(one.auc));
  CHECK(std::isnan(score({}, {}, 2).accuracy));
  CHECK_THROWS_AS(score(std::vector<float>{1, NAN}, std::vector<std::int64_t>{0}, 2), Error);
  CHECK_THROWS_AS(score(std::vector<float>{1, 0, 3}, std::vector<std::int64_t>{0}, 2), Error);
  CHECK_THROWS_AS(score(std::vector<float>{1, 0}, std::vector<std::int64_t>{2}, 2), Error);
  CHECK_THROWS_AS(score(std::vector<float>{1, 0}, std::vector<std::int64_t>{-1}, 2), Error);
}

TEST_CASE("bootstrap intervals: repeatable, as wide as theory says") {
  // 300 of 400 right: deviation sqrt(0.75 x 0.25 / 400) = 0.0217.
  std::vector<float> logits;
  std::vector<std::int64_t> labels;
  for (int i = 0; i < 400; ++i) {
    labels.push_back(i % 2);
    const bool right = i % 8 < 6;
    const bool first = (i % 2 == 0) == right;
    logits.insert(logits.end(), {first ? 1.0F : 0.0F, first ? 0.0F : 1.0F});
  }
  REQUIRE(score(logits, labels, 2).accuracy == 0.75);
  const ScoreIntervals a = bootstrap(logits, labels, 2, 2000, 5);
  CHECK(a.accuracy.low == doctest::Approx(0.75 - 1.96 * 0.0217).epsilon(0.01));
  CHECK(a.accuracy.high == doctest::Approx(0.75 + 1.96 * 0.0217).epsilon(0.01));
  CHECK(a.balanced_accuracy.low == doctest::Approx(a.accuracy.low).epsilon(0.01));
  CHECK(a.auc.low < 0.75);
  CHECK(a.auc.high > 0.75);
  const ScoreIntervals again = bootstrap(logits, labels, 2, 2000, 5);
  CHECK(again.auc.low == a.auc.low);
  CHECK(again.accuracy.high == a.accuracy.high);
  const ScoreIntervals other = bootstrap(logits, labels, 2, 2000, 6);
  CHECK(other.balanced_accuracy.low != a.balanced_accuracy.low);
  const std::vector<float> perfect = {1, 0, 0, 1};
  const ScoreIntervals sure = bootstrap(perfect, std::vector<std::int64_t>{0, 1}, 2, 200, 1);
  CHECK(sure.accuracy.low == 1.0);
  CHECK(sure.auc.high == 1.0);
}
