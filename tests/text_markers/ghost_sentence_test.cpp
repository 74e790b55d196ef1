#include "text_markers/ghost_sentence.h"

#include <doctest/doctest.h>

#include <cmath>
#include <set>
#include <string>
#include <vector>

#include "core/error.h"

using namespace wardmark;

namespace {

Subkey root(std::uint8_t fill = 9) { return Subkey(ByteView(Bytes(32, fill))); }

GhostRecipe recipe() {
  GhostRecipe r;
  r.list = &find_wordlist("eff-large");
  r.templates = default_templates();
  return r;
}

/// Chi-square of counts against evenness, as a number of standard deviations above its mean.
double excess(const std::vector<std::uint64_t>& counts, double draws) {
  const double expected = draws / static_cast<double>(counts.size());
  double sum = 0;
  for (const std::uint64_t c : counts)
    sum += (static_cast<double>(c) - expected) * (static_cast<double>(c) - expected) / expected;
  const double freedom = static_cast<double>(counts.size()) - 1;
  return (sum - freedom) / std::sqrt(2 * freedom);
}

}  // namespace

TEST_CASE("ghost sentence: words are uniform and neighbours independent, over more than a million draws") {
  const GhostSentences book(recipe(), root());
  const std::size_t words = book.recipe().list->words.size();
  constexpr std::uint32_t kSentences = 84000;  // x 12 words
  constexpr std::size_t kBins = 64;
  std::vector<std::uint64_t> single(words);
  std::vector<std::uint64_t> pairs(kBins * kBins);
  std::uint64_t draws = 0;
  std::uint64_t neighbours = 0;
  for (std::uint32_t s = 0; s < kSentences / 100; ++s) {
    for (std::uint32_t candidate = 0; candidate < 100; ++candidate) {
      const auto drawn = book.words(s, candidate);
      for (std::size_t w = 0; w < drawn.size(); ++w) {
        ++single[drawn[w]];
        ++draws;
        if (w == 0) continue;
        ++pairs[drawn[w - 1] * kBins / words * kBins + drawn[w] * kBins / words];
        ++neighbours;
      }
    }
  }
  REQUIRE(draws > 1000000);
  CHECK(std::abs(excess(single, static_cast<double>(draws))) < 4);
  // Bins are not all of one size: 7768 = 64 x 121.4; expected counts follow the sizes.
  std::vector<double> size(kBins);
  for (std::size_t w = 0; w < words; ++w) size[w * kBins / words] += 1.0 / static_cast<double>(words);
  double sum = 0;
  for (std::size_t a = 0; a < kBins; ++a) {
    for (std::size_t b = 0; b < kBins; ++b) {
      const double expected = size[a] * size[b] * static_cast<double>(neighbours);
      const double off = static_cast<double>(pairs[a * kBins + b]) - expected;
      sum += off * off / expected;
    }
  }
  const double freedom = kBins * kBins - 1;
  CHECK(std::abs(sum - freedom) / std::sqrt(2 * freedom) < 4);
}

TEST_CASE("ghost sentence: candidates and sentences share nothing, whatever the order they are asked in") {
  const GhostSentences book(recipe(), root());
  std::set<std::string> seen;
  for (std::uint32_t s = 0; s < 30; ++s) {
    for (std::uint32_t candidate = 0; candidate < 50; ++candidate) {
      const auto w = book.words(s, candidate);
      for (std::size_t at = 0; at + 4 <= w.size(); ++at) {
        std::string four;
        for (std::size_t k = 0; k < 4; ++k) four += std::to_string(w[at + k]) + ",";
        CHECK(seen.insert(four).second);
      }
    }
  }
  CHECK(book.text(3, 7) == GhostSentences(recipe(), root()).text(3, 7));
  CHECK(book.phrase(3, 7) != GhostSentences(recipe(), root(8)).phrase(3, 7));
}

TEST_CASE("ghost sentence: known answer, so that a stored plan keeps its sentences") {
  const GhostSentences book(recipe(), root());
  CHECK(book.phrase(0, 0) ==
        "only usable anointer sulfide rumble snuggle tipping strudel countless pleat amendable crisply");
}

TEST_CASE("ghost sentence: all candidates of a sentence have one lead-in, and end a sentence") {
  const GhostSentences book(recipe(), root());
  std::set<std::string> lead_ins;
  for (std::uint32_t s = 0; s < 40; ++s) {
    const std::string first = book.text(s, 0);
    const std::string second = book.text(s, 1);
    const std::string lead_in = first.substr(0, first.find(book.phrase(s, 0)));
    CHECK(second.starts_with(lead_in));
    CHECK(first.back() == '.');
    CHECK(first.find_first_of("0123456789@{}<>&\"") == std::string::npos);
    lead_ins.insert(lead_in);
  }
  CHECK(lead_ins.size() == default_templates().size());
}

TEST_CASE("ghost sentence: templates that filters or formats would trip over are refused") {
  for (const char* bad : {"No place.", "{words} and {words}.", "{words}", "Mark 7: {words}.", "<b>{words}</b>.",
                          "See http://x: {words}.", "a@b {words}.", "*{words}*."}) {
    GhostRecipe r = recipe();
    r.templates = {bad};
    CAPTURE(bad);
    CHECK_THROWS_AS(check_recipe(r), Error);
  }
}

TEST_CASE("ghost sentence: the released candidate is drawn evenly, per sentence, from the draw alone") {
  std::vector<std::uint64_t> counts(10);
  Draw draw;
  for (std::uint8_t k = 0; k < 200; ++k) {
    draw.coins = root(k);
    for (std::uint32_t s = 0; s < 50; ++s) ++counts[released_candidate(draw, 10, s)];
  }
  CHECK(std::abs(excess(counts, 10000)) < 4);
}

TEST_CASE("document draw: a document keeps its ticket, and sentences are shared out evenly") {
  const DocumentDraw draw(root(), 30);
  std::vector<std::uint64_t> counts(30);
  for (int i = 0; i < 30000; ++i) ++counts[draw.ticket("doc/" + std::to_string(i)).sentence];
  CHECK(std::abs(excess(counts, 30000)) < 4);
  CHECK(draw.ticket("a.md").rank == DocumentDraw(root(), 30).ticket("a.md").rank);
}

TEST_CASE("recipe: survives the plan, and another version of the word list is refused") {
  Plan plan;
  plan.method = "ghost";
  GhostRecipe r = recipe();
  r.field = "body";
  r.inner = "html";
  r.id_field = "id";
  plan.parameters = recipe_settings(r);
  const GhostRecipe back = recipe_of(plan);
  CHECK(recipe_settings(back) == plan.parameters);
  CHECK(back.templates == r.templates);
  for (auto& [name, value] : plan.parameters) {
    if (name == "wordlist-digest") value[0] = value[0] == '0' ? '1' : '0';
  }
  CHECK_THROWS_AS(recipe_of(plan), Error);
}
