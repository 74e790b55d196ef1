#include "verify/shortcut_test.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/random.h"

using namespace wardmark;

namespace {

Subkey key_of(std::uint8_t n) { return Subkey(Bytes(32, n)); }

/// Answers of a suspect that likes some classes better and reacts to some marks, whatever was drawn.
ResponseTable innocent(std::uint32_t keys, std::uint32_t classes, std::uint32_t each, Stream& stream) {
  std::vector<double> liking(classes);
  for (double& value : liking) value = stream.uniform();
  ResponseTable table(keys, classes, std::vector<std::uint32_t>(classes, each * (classes - 1)));
  for (std::uint32_t j = 0; j < keys; ++j) {
    for (std::uint32_t s = 0; s < classes; ++s) {
      const double strength = stream.uniform();
      for (std::uint32_t a = 0; a < classes; ++a) {
        const double rate = std::min(1.0, liking[a] * strength * 0.5 + 0.1 * stream.uniform());
        table.count(j, s, a) = static_cast<std::uint32_t>(std::lround(rate * table.asked(a)));
      }
    }
  }
  return table;
}

DrawnMarks drawn(std::uint32_t keys, std::uint32_t classes, Stream& stream) {
  DrawnMarks marks{stream.below(keys), stream.permutation(classes), std::vector<std::uint32_t>(classes)};
  std::iota(marks.classes.begin(), marks.classes.end(), 0u);
  return marks;
}

double by_hand(const ResponseTable& table, std::uint32_t key, const std::vector<std::uint32_t>& slots,
               const std::vector<std::uint32_t>& known) {
  double sum = 0;
  for (const std::uint32_t i : known) {
    sum += table.classes() * static_cast<double>(table.count(key, slots[i], i));
    for (std::uint32_t s = 0; s < table.classes(); ++s) sum -= table.count(key, s, i);
  }
  return sum;
}

/// Every key and every order of the marks, one after the other; assignments of unknown classes are not told apart.
double slow_p(const ResponseTable& table, const DrawnMarks& marks) {
  const double mine = by_hand(table, marks.key, marks.slots, marks.classes);
  std::vector<std::uint32_t> slots(table.classes());
  double hits = 0, all = 0;
  for (std::uint32_t j = 0; j < table.keys(); ++j) {
    std::iota(slots.begin(), slots.end(), 0u);
    do {
      hits += by_hand(table, j, slots, marks.classes) >= mine ? 1 : 0;
      ++all;
    } while (std::ranges::next_permutation(slots).found);
  }
  return hits / all;
}

}  // namespace

TEST_CASE("p is that of counting every key and every permutation, also for suspects that know fewer classes") {
  Stream stream(key_of(1), "tables");
  for (int n = 0; n < 60; ++n) {
    const std::uint32_t classes = 2 + stream.below(4), keys = 1 + stream.below(5);
    const ResponseTable table = innocent(keys, classes, 1 + stream.below(8), stream);
    DrawnMarks marks = drawn(keys, classes, stream);
    if (classes > 2 && n % 2 == 1) marks.classes.erase(marks.classes.begin() + stream.below(classes));
    INFO("classes ", classes, " keys ", keys, " known ", marks.classes.size());
    const ShortcutResult result = shortcut_test(table, marks, key_of(2));
    CHECK(result.complete);
    CHECK(static_cast<double>(result.statistic) == by_hand(table, marks.key, marks.slots, marks.classes));
    CHECK(result.p == doctest::Approx(slow_p(table, marks)).epsilon(1e-12));
    CHECK(result.p >= result.floor);
    if (!result.null.empty()) {
      CHECK(std::accumulate(result.null.begin(), result.null.end(), 0.0) == doctest::Approx(1));
      CHECK(result.null_low <= result.effect);
      CHECK(result.null_high >= result.effect);
      CHECK(result.null.front() + result.null.back() > 0);
    }
    CHECK(result.interval.low <= result.effect);
  }
}

TEST_CASE("suspects that do not know the draw get p <= a in a share a of draws at most; a leak of the draw is seen") {
  Stream stream(key_of(3), "calibration");
  constexpr int kTrials = 4000;
  int five = 0, one = 0, leaky = 0;
  for (int n = 0; n < kTrials; ++n) {
    ResponseTable table = innocent(20, 3, 10, stream);
    const DrawnMarks marks = drawn(20, 3, stream);
    const double p = shortcut_test(table, marks, key_of(4)).p;
    five += p <= 0.05 ? 1 : 0;
    one += p <= 0.01 ? 1 : 0;
    // The fault: the questions under the drawn key were picked by who knew it.
    for (const std::uint32_t i : marks.classes) table.count(marks.key, marks.slots[i], i) += 2;
    leaky += shortcut_test(table, marks, key_of(4)).p <= 0.05 ? 1 : 0;
  }
  // Upper 99 % limits of the binomial counts, exact.
  CHECK(binomial_upper_tail(static_cast<std::uint64_t>(five), kTrials, 0.05) > 0.005);
  CHECK(binomial_upper_tail(static_cast<std::uint64_t>(one), kTrials, 0.01) > 0.005);
  CHECK(five > kTrials * 0.03);  // it is no test that never rejects
  CHECK(binomial_upper_tail(static_cast<std::uint64_t>(leaky), kTrials, 0.05) < 1e-6);
}

TEST_CASE("a suspect that follows the marks is found, with the effect that was put in") {
  Stream stream(key_of(5), "guilty");
  ResponseTable table(20, 10, std::vector<std::uint32_t>(10, 90));
  const DrawnMarks marks = drawn(20, 10, stream);
  for (std::uint32_t j = 0; j < 20; ++j) {
    for (std::uint32_t s = 0; s < 10; ++s) {
      for (std::uint32_t a = 0; a < 10; ++a) table.count(j, s, a) = 5 + stream.below(4);
    }
  }
  for (const std::uint32_t i : marks.classes) table.count(marks.key, marks.slots[i], i) += 18;  // 20 % of 90
  const ShortcutResult result = shortcut_test(table, marks, key_of(6));
  CHECK(result.configurations == 20.0 * 3628800);
  CHECK(result.p == result.floor);
  CHECK(result.effect == doctest::Approx(0.2).epsilon(0.15));
  CHECK(result.interval.low > 0.15);
  CHECK(result.interval.high < 0.25);
  CHECK(result.key_spread < 0.01);
  const auto detectable = detectable_effect(table, marks, 5e-5, key_of(7));
  REQUIRE(detectable);
  CHECK(*detectable > 0.005);
  CHECK(*detectable < 0.1);
}

TEST_CASE("where even every answer would not do, nothing is detectable; equal answers give p = 1") {
  Stream stream(key_of(8), "few");
  ResponseTable table(4, 2, {10, 10});
  const DrawnMarks marks = drawn(4, 2, stream);
  CHECK(shortcut_test(table, marks, key_of(9)).p == 1);
  CHECK_FALSE(detectable_effect(table, marks, 0.01, key_of(9)));  // 8 configurations
  CHECK(detectable_effect(table, marks, 0.2, key_of(9)));
}

TEST_CASE("more classes than are counted: a uniform sample, the drawn one included") {
  Stream stream(key_of(10), "many");
  ResponseTable table = innocent(2, 13, 4, stream);
  const DrawnMarks marks = drawn(2, 13, stream);
  const ShortcutResult result = shortcut_test(table, marks, key_of(11));
  CHECK_FALSE(result.complete);
  CHECK(result.p >= 1 / (kSampledDraws + 1.0));
  CHECK(result.p == shortcut_test(table, marks, key_of(11)).p);
  for (const std::uint32_t i : marks.classes) table.count(marks.key, marks.slots[i], i) = table.asked(i);
  CHECK(shortcut_test(table, marks, key_of(11)).p < 1e-5);
}
