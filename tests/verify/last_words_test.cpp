#include "verify/last_words.h"

#include <doctest/doctest.h>

#include <cfloat>
#include <cmath>

#include "core/error.h"
#include "core/random.h"

using namespace wardmark;

namespace {

const Subkey kKey(Bytes(32, 7));

using Words = std::vector<std::string>;

/// P(at least `hits` of n) by adding the terms.
double slow_tail(std::uint32_t hits, std::uint32_t n, long double q) {
  long double sum = 0;
  for (std::uint32_t h = hits; h <= n; ++h) {
    long double term = 1;
    for (std::uint32_t i = 0; i < h; ++i) term *= static_cast<long double>(n - i) / (h - i) * q;
    for (std::uint32_t i = h; i < n; ++i) term *= 1 - q;
    sum += term;
  }
  return static_cast<double>(sum);
}

std::string word(std::uint32_t n) { return std::string(1, static_cast<char>('a' + n)); }

/// Sentences of one last word out of eight, and a suspect that guesses `guesses` different words for each, whatever it
/// was asked.
std::vector<SentenceGuesses> guessed(Stream& stream, std::uint32_t sentences, std::uint32_t guesses) {
  std::vector<SentenceGuesses> all(sentences);
  for (SentenceGuesses& s : all) {
    s.suffix = {word(stream.below(8))};
    for (std::uint32_t g = 0; g < guesses; ++g) s.continuations.push_back(" " + word(g) + " and more");
  }
  return all;
}

/// Share of trials with p <= 0.05 where each of 10 sentences is guessed `made` times and `allowed` are paid for.
double found(std::uint32_t made, std::uint32_t allowed, bool union_of_hits = false) {
  Stream stream(kKey, "last-words-trials", std::to_string(made));
  int below = 0;
  for (int trial = 0; trial < 4000; ++trial) {
    auto sentences = guessed(stream, 10, made);
    if (union_of_hits) {  // the fault: only the guess that was right is kept
      for (SentenceGuesses& s : sentences) {
        std::string best = s.continuations.front();
        for (const std::string& c : s.continuations)
          if (normalised_words(c).front() == s.suffix.front()) best = c;
        s.continuations = {best};
      }
    }
    below += last_words_test(sentences, {1, 8, allowed, 0.05}).p <= 0.05 ? 1 : 0;
  }
  return below / 4000.0;
}

}  // namespace

TEST_CASE("words are compared without case, marks and white space") {
  CHECK(normalised_words("  The Owl's\tnest,\n\"été\" 12 x") == Words{"the", "owl", "s", "nest", "été", "x"});
  CHECK(normalised_words("...").empty());
  const Words two = {"owl", "nest"};
  CHECK(holds_words("An OWL nest.", two));
  CHECK(holds_words("an owl, nest", two));
  CHECK_FALSE(holds_words("an owl in its nest", two));
  CHECK_FALSE(holds_words("nest owl", two));
}

TEST_CASE("p is the binomial tail of what was allowed") {
  for (const std::uint32_t n : {1u, 3u, 7u}) {
    for (std::uint32_t hits = 0; hits <= n; ++hits) {
      std::vector<SentenceGuesses> sentences(n, {{"owl", "nest"}, {"fox den", "fox lair", "fox"}});
      for (std::uint32_t h = 0; h < hits; ++h) sentences[h].continuations[1] = " Owl, nest and more";
      const LastWordsResult r = last_words_test(sentences, {2, 50, 3, 1e-3});
      CHECK(r.hits == hits);
      CHECK(r.guesses == 2 * n);  // "fox" alone is no guess of two words
      CHECK(r.prompts == 3 * n);
      CHECK(r.prompts_hit == hits);
      CHECK(r.p == doctest::Approx(slow_tail(hits, n, 3.0L / 2500)).epsilon(1e-9));
      CHECK(r.floor == doctest::Approx(std::pow(3.0 / 2500, n)).epsilon(1e-9));
      CHECK(r.bound == doctest::Approx(hits == 0 ? 1.0 : 2 * n / 2500.0));
      if (hits > 0 && r.p <= 1e-3) CHECK(r.needed <= hits);
      if (hits > 0 && r.p > 1e-3) CHECK(r.needed != hits);
    }
  }
}

TEST_CASE("equal guesses count once, and more than allowed are a fault") {
  const std::vector<SentenceGuesses> same = {{{"owl"}, {"fox", "FOX", " fox!"}}};
  CHECK(last_words_test(same, {1, 100, 1, 1e-3}).guesses == 1);
  const std::vector<SentenceGuesses> more = {{{"owl"}, {"fox", "hen"}}};
  CHECK_THROWS_AS(last_words_test(more, {1, 100, 1, 1e-3}), Error);
  const std::vector<SentenceGuesses> wrong = {{{"owl", "nest"}, {"fox"}}};
  CHECK_THROWS_AS(last_words_test(wrong, {1, 100, 1, 1e-3}), Error);
}

TEST_CASE("p is never 0, and what can be found is said") {
  std::vector<SentenceGuesses> many(200, {{"a", "b", "c", "d"}, {"a b c d"}});
  CHECK(last_words_test(many, {4, 7776, 1, 1e-3}).p == DBL_MIN);
  std::vector<SentenceGuesses> few(3, {{"a"}, {"b"}});
  const LastWordsResult none = last_words_test(few, {1, 2, 2, 1e-3});
  CHECK(none.p == 1);
  CHECK(none.needed == 0);
  CHECK_FALSE(none.detectable);
  const LastWordsResult r = last_words_test(std::vector<SentenceGuesses>(30, {{"a", "b"}, {"c"}}), {2, 7700, 4, 5e-5});
  CHECK(r.needed == 1);
  // One of thirty 9 times in 10: 1 - (1 - share)^30 = 0.9.
  CHECK(*r.detectable == doctest::Approx(1 - std::pow(0.1, 1.0 / 30)).epsilon(1e-6));
}

TEST_CASE("innocent suspects are left alone; guesses that are not counted are found out") {
  // Binomial(10, 3/8): P(>= 7) is 0.04, P(>= 6) above 0.05; 4,000 trials vary by 0.003.
  const double right = found(3, 3);
  CHECK(right <= 0.05 + 0.009);
  CHECK(right > 0.01);
  CHECK(found(3, 1, true) > 0.3);  // three guesses made, one told
}
