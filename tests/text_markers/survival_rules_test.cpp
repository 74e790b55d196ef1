#include "text_markers/survival_rules.h"

#include <doctest/doctest.h>

#include <cmath>
#include <set>
#include <string>

#include "core/error.h"
#include "text_markers/html.h"
#include "text_markers/survival.h"

using namespace wardmark;

namespace {

const std::string kSentence = "A ghost sentence marks this text and reads alpha beta gamma delta.";

double value_of(std::string_view id, std::string_view text) {
  for (const SurvivalRule& rule : survival_rules()) {
    if (rule.id == id) return rule.value(FilterText(text));
  }
  FAIL("no rule " << id);
  return 0;
}

const RuleTally& tally_of(const SurvivalReport& report, std::string_view id) {
  for (const RuleTally& rule : report.rules) {
    if (rule.id == id) return rule;
  }
  FAIL("no rule " << id);
  return report.rules.front();
}

/// Runs documents, each marked with kSentence at the end of its first line where `marked`.
struct Release {
  SurvivalLimits limits;
  std::vector<std::pair<std::string, bool>> documents;
  SurvivalReport report() const {
    SurvivalStudy study(limits, 4);
    for (const bool learning : {true, false}) {
      int number = 0;
      for (const auto& [text, marked] : documents) {
        std::string after = text;
        if (marked) after.insert(std::min(text.find('\n'), text.size()), " " + kSentence);
        const std::string id = "d" + std::to_string(number++);
        const SurvivalDocument document{id, text, after, marked ? std::string_view(kSentence) : std::string_view()};
        learning ? study.learn(document) : study.count(document);
      }
    }
    return study.report();
  }
};

/// Thirty sentences of made words that no other number shares.
std::string prose(int number) {
  unsigned state = static_cast<unsigned>(number) * 7919u + 1;
  const auto word = [&] {
    std::string made;
    for (int n = 0; n < 6; ++n) {
      state = state * 1664525u + 1013904223u;
      made += "aeioubcdlmnprstk"[state >> 28];
    }
    return made;
  };
  std::string text;
  for (int n = 0; n < 30; ++n) {
    text += "The " + word() + " of the " + word() + " was to be " + word() + " with " + word() + " " + word() + ".";
    text += n % 3 == 2 ? "\n" : " ";
  }
  return text;
}

}  // namespace

TEST_CASE("survival rules: one table, every id once, every row with its source, values of no text finite") {
  std::set<std::string_view> ids;
  for (const SurvivalRule& rule : survival_rules()) {
    CAPTURE(rule.id);
    CHECK(ids.insert(rule.id).second);
    CHECK(!rule.source.empty());
    CHECK(!rule.help.empty());
    for (const char* text : {"", " ", "\n", "a", "\xEF\xBF\xBD"}) CHECK(std::isfinite(rule.value(FilterText(text))));
    CHECK(rule.margin(rule.threshold, rule.threshold) == 0);
  }
  for (const CrossRule& rule : cross_rules()) {
    CAPTURE(rule.id);
    CHECK(ids.insert(rule.id).second);
    CHECK(rule.copies >= 2);
    CHECK(!rule.source.empty());
    const FilterText text(prose(1));
    rule.units(text, [&](const TextUnit& unit) {
      CHECK(unit.begin <= unit.end);
      CHECK(unit.end <= text.text.size());
    });
  }
  CHECK(ids.size() == 57);
  for (const UnsimulatedRule& rule : unsimulated_rules()) CHECK(ids.insert(rule.id).second);
}

TEST_CASE("survival rules: thresholds of the notes, at the edge") {
  const auto rule = [](std::string_view id) {
    for (const SurvivalRule& r : survival_rules()) {
      if (r.id == id) return r;
    }
    FAIL("no rule " << id);
    return survival_rules().front();
  };
  CHECK(rule("GR.top2").drops_at(0.2001, rule("GR.top2").threshold));
  CHECK(!rule("GR.top2").drops_at(0.2, rule("GR.top2").threshold));
  CHECK(rule("GR.dup10").threshold == 0.10);
  CHECK(rule("GQ.words.min").drops_at(49, rule("GQ.words.min").threshold));
  CHECK(!rule("GQ.words.min").drops_at(50, rule("GQ.words.min").threshold));
  CHECK(rule("FW.dup").drops_at(0.01, rule("FW.dup").threshold));
  CHECK(rule("FW.punct").drops_at(0.12, rule("FW.punct").threshold));
  CHECK(value_of("C4.bad", "She could hardcore. No.") == 1);
  CHECK(value_of("C4.bad", "Hardcoremost is none, nor is ahardcore.") == 0);
}

TEST_CASE("survival: a sentence inside unique paragraphs changes no verdict; the same one in many documents neither") {
  Release release;
  for (int n = 0; n < 12; ++n) release.documents.emplace_back(prose(n), n % 2 == 0);
  const SurvivalReport report = release.report();
  CHECK(report.documents == 6);
  CHECK(report.release_documents == 12);
  CHECK(report.kept == 6);
  CHECK(report.long_documents == 6);
  CHECK(report.changes.empty());
  CHECK(tally_of(report, "D.BFF").dropped_after == 0);
  // "alpha beta gamma delta" stands nowhere else: no window of the host is as odd.
  CHECK(report.detectability == 1.0);
}

TEST_CASE("survival: on a line of its own the same sentence dies under the rules against duplicates") {
  Release release;
  for (int n = 0; n < 4; ++n) release.documents.emplace_back("\n" + prose(n), true);
  const SurvivalReport report = release.report();
  CHECK(tally_of(report, "D.LINE").lost == 4);
  CHECK(tally_of(report, "D.PARA").lost == 4);
  CHECK(tally_of(report, "D.BFF").lost == 0);  // fewer than 13 words have no 13-gram
  CHECK(report.kept == 0);
  CHECK(report.changes.size() >= 8);
  CHECK(report.changes.front().lost);
  release.documents.resize(1);
  CHECK(release.report().kept == 1);
}

TEST_CASE("survival: a host that stands twice is lost before marking and not by it; limits can be set") {
  Release release;
  release.documents = {{prose(1), true}, {prose(1), false}};
  SurvivalReport report = release.report();
  CHECK(tally_of(report, "D.MH").dropped_before == 1);
  CHECK(tally_of(report, "D.MH").lost == 0);
  CHECK(tally_of(report, "D.LINE").gained == 1);
  add_limit(release.limits, "CC.len=100000");
  report = release.report();
  CHECK(tally_of(report, "CC.len").limit == 100000);
  CHECK(tally_of(report, "CC.len").dropped_after == 1);
  for (const char* typed : {"CC.len", "CC.len=", "CC.len=x", "none=1", "CC.len=nan"}) {
    CHECK_THROWS_AS(add_limit(release.limits, typed), Error);
  }
}

TEST_CASE("survival: what an extractor keeps of a page") {
  CHECK(
      html_main_text("<html><head><title>T</title></head><body><nav><p>Go. Home.</p></nav><h1>Head</h1><p>One  two"
                     "\nthree.<br>Four <b>five</b>.</p><div class='sidebar'><p>Ad.</p></div><pre>code</pre></body>") ==
      "Head\nOne two three.\nFour five.\n");
}

TEST_CASE("survival: the chance of a twin as in the notes") {
  CHECK(twin_chance(50, 12) == doctest::Approx(0.47).epsilon(0.02));
  CHECK(twin_chance(100, 12) == doctest::Approx(0.96).epsilon(0.02));
  CHECK(twin_chance(300, 12) == doctest::Approx(1.0).epsilon(0.01));
}
