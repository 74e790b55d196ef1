#include "verify/answers.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <numeric>
#include <set>

#include "core/error.h"
#include "core/plan.h"
#include "core/random.h"
#include "io/atomic_file.h"
#include "tests/io/scratch.h"
#include "verify/shortcut_test.h"

using namespace wardmark;

namespace {

Subkey key_of(std::uint8_t n) { return Subkey(Bytes(32, n)); }

constexpr std::uint32_t kKeys = 4, kClasses = 3, kPictures = 6;
const std::vector<std::uint32_t> kOfClass = {0, 1, 2, 0, 1, 2};

QuestionOrder order_of() { return QuestionOrder(key_of(1), kKeys, kClasses, kPictures); }

std::string text_of_file(const std::filesystem::path& file) {
  const Bytes bytes = read_file(file);
  return std::string(text_of(ByteView(bytes)));
}

/// A suspect that likes class i better, by `extra` log-odds, where key 2 puts mark slots[i] on a picture.
Answers scored(const QuestionOrder& order, const std::vector<std::uint32_t>& slots, double extra) {
  Stream noise(key_of(3), "noise");
  Answers answers{Access::scores, kClasses, {}};
  for (std::size_t n = 0; n < order.size(); ++n) {
    const Question q = order.at(n);
    for (std::uint32_t a = 0; a < kClasses; ++a) {
      const double mine = q.key == 2 && slots[a] == q.slot ? extra : 0;
      answers.values.push_back(static_cast<std::int32_t>(std::lround(1000 * (mine - a + 0.01 * noise.normal()))));
    }
  }
  return answers;
}

}  // namespace

TEST_CASE("every picture is asked about once under every mark of every key") {
  const QuestionOrder order = order_of();
  CHECK(order.keys() == kKeys);
  CHECK(order.classes() == kClasses);
  std::set<std::tuple<std::uint32_t, std::uint32_t, std::uint32_t>> seen;
  for (std::size_t n = 0; n < order.size(); ++n) {
    const Question q = order.at(n);
    CHECK((q.key < kKeys && q.slot < kClasses && q.picture < kPictures));
    seen.insert({q.key, q.slot, q.picture});
  }
  CHECK(seen.size() == kKeys * kClasses * kPictures);
  CHECK_THROWS_AS(QuestionOrder(key_of(1), 0, 3, 6), Error);
  CHECK_THROWS_AS(QuestionOrder(key_of(1), 1u << 20, 1u << 10, 1u << 10), Error);
}

TEST_CASE("labels are counted by what they mean, without pictures of the answered class") {
  const QuestionOrder order = order_of();
  Stream stream(key_of(2), "labels");
  Answers answers;
  for (std::size_t n = 0; n < order.size(); ++n) answers.values.push_back(static_cast<std::int32_t>(stream.below(4)));
  const std::vector<std::uint32_t> meant = {2, kNoClass, 0, 1};
  const ResponseTable table = table_of(order, answers, kOfClass, meant);
  CHECK(table.access() == Access::labels);
  std::map<std::tuple<std::uint32_t, std::uint32_t, std::uint32_t>, std::uint32_t> slow;
  for (std::size_t n = 0; n < order.size(); ++n) {
    const Question q = order.at(n);
    const std::uint32_t a = meant[static_cast<std::size_t>(answers.values[n])];
    if (a != kNoClass && a != kOfClass[q.picture]) ++slow[{q.key, q.slot, a}];
  }
  for (std::uint32_t j = 0; j < kKeys; ++j) {
    for (std::uint32_t s = 0; s < kClasses; ++s) {
      for (std::uint32_t a = 0; a < kClasses; ++a) CHECK(table.count(j, s, a) == slow[{j, s, a}]);
    }
  }
  for (std::uint32_t a = 0; a < kClasses; ++a) CHECK(table.asked(a) == 4);
  answers.values[0] = 4;
  CHECK_THROWS_AS(table_of(order, answers, kOfClass, meant), Error);
}

TEST_CASE("scores become steps of the mean log-odds, and a shift of the drawn marks is the effect") {
  const QuestionOrder order = order_of();
  const std::vector<std::uint32_t> slots = {1, 2, 0}, meant = {0, 1, 2};
  const ResponseTable table = table_of(order, scored(order, slots, 2.0), kOfClass, meant);
  CHECK(table.access() == Access::scores);
  CHECK(table.step() == doctest::Approx(2.0 / kScoreSteps).epsilon(0.02));
  const Answers answers = scored(order, slots, 2.0);
  for (std::uint32_t j = 0; j < kKeys; ++j) {
    for (std::uint32_t a = 0; a < kClasses; ++a) {
      std::vector<double> means(kClasses);
      for (std::size_t n = 0; n < order.size(); ++n) {
        const Question q = order.at(n);
        if (q.key == j && a != kOfClass[q.picture]) means[q.slot] += answers.values[n * kClasses + a] / 4000.0;
      }
      const double low = *std::ranges::min_element(means);
      for (std::uint32_t s = 0; s < kClasses; ++s)
        CHECK(table.count(j, s, a) * table.step() == doctest::Approx(means[s] - low).epsilon(0.001 + table.step()));
    }
  }
  const ShortcutResult found = shortcut_test(table, {2, slots, {0, 1, 2}}, key_of(4));
  CHECK(found.p == found.floor);
  // Own mark against the mean of all three: two thirds of the shift.
  CHECK(found.effect == doctest::Approx(4.0 / 3).epsilon(0.02));
  const ShortcutResult other = shortcut_test(table, {1, slots, {0, 1, 2}}, key_of(4));
  CHECK(other.p > 0.05);
  CHECK(std::abs(other.effect) < 0.05);
  const auto least = detectable_effect(table, {2, slots, {0, 1, 2}}, 1.0 / 18, key_of(5));
  REQUIRE(least);
  CHECK(*least < 0.2);
}

TEST_CASE("a journal goes on after a torn line and refuses other questions") {
  const Scratch folder;
  const auto file = folder.path() / "queries.jsonl";
  {
    AnswerJournal journal(file, "aa", 5, Access::labels, 1);
    journal.add("p1", {1, 2});
    journal.add("p2", {0});
  }
  const std::string whole = text_of_file(file);
  std::ofstream(file, std::ios::app) << R"({"from":3,"pictures":"p3","ans)";
  {
    AnswerJournal journal(file, "aa", 5, Access::labels, 1);
    CHECK(journal.answers().values == std::vector<std::int32_t>{1, 2, 0});
    CHECK(text_of_file(file) == whole);
    journal.add("p3", {7, 7});
    CHECK(journal.answers().size() == 5);
  }
  CHECK(parse_journal(text_of_file(file), "aa", 5, Access::labels, 1).values ==
        std::vector<std::int32_t>{1, 2, 0, 7, 7});
  CHECK_THROWS_AS(AnswerJournal(file, "ab", 5, Access::labels, 1), Error);
  CHECK_THROWS_AS(AnswerJournal(file, "aa", 6, Access::labels, 1), Error);
  CHECK_THROWS_AS(parse_journal(whole, "aa", 5, Access::labels, 1), Error);
  CHECK_THROWS_AS(parse_journal(text_of_file(file) + "x", "aa", 5, Access::labels, 1), Error);
  CHECK_THROWS_AS(parse_journal(text_of_file(file), "ab", 5, Access::labels, 1), Error);
}

TEST_CASE("whatever makes a question another one changes its identity") {
  const SuspectHello hello{"m", 32, 32, 3, {"a", "b"}, 64, true};
  const QuestionFacts facts{"cuda",    {{"k", "3"}}, {"a", "b"},    {key_of(1), key_of(2)},
                            key_of(3), {"p", "q"},   Access::labels};
  std::set<std::string> seen = {identity_of(facts, hello)};
  const auto other = [&](auto change) {
    QuestionFacts changed = facts;
    SuspectHello suspect = hello;
    change(changed, suspect);
    CHECK(seen.insert(identity_of(changed, suspect)).second);
  };
  other([](QuestionFacts& f, SuspectHello&) { f.method = "salm"; });
  other([](QuestionFacts& f, SuspectHello&) { f.parameters[0].second = "5"; });
  other([](QuestionFacts& f, SuspectHello&) { f.classes[1] = "c"; });
  other([](QuestionFacts& f, SuspectHello&) { std::swap(f.pool[0], f.pool[1]); });
  other([](QuestionFacts& f, SuspectHello&) { f.order = key_of(4); });
  other([](QuestionFacts& f, SuspectHello&) { f.pictures[0] = "r"; });
  other([](QuestionFacts& f, SuspectHello&) { f.access = Access::scores; });
  other([](QuestionFacts&, SuspectHello& s) { s.name = "n"; });
  other([](QuestionFacts&, SuspectHello& s) { std::swap(s.labels[0], s.labels[1]); });
}
