#include "cli/suspect_verdict.h"

#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/console.h"

namespace wardmark {

std::string figure(double value, const char* format) {
  char text[32];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

std::string effect_text(Access access, double effect) {
  return access == Access::labels ? figure(100 * effect, "%.1f") + " %" : figure(effect) + " log-odds";
}

std::string drawn_by(Grade grade, bool beacon) {
  if (grade == Grade::A) {
    return "a public beacon round that came after the plan was time-stamped; that its signature is the network's is "
           "not "
           "checked here";
  }
  return beacon
             ? "a public beacon round that the plan named: valid only if it did so before the round was known, which "
               "nothing here proves"
             : "the owner's key alone: valid only if the owner drew once and honestly, which nothing here proves";
}

std::string stamp_lines(Grade grade, const std::vector<TimeStamp>& stamps) {
  std::string text;
  for (const TimeStamp& s : stamps) {
    text += std::string(s.commitment == 1 ? "plan" : "release") + " time-stamped " + time_text(s.time) + " by " +
            s.authority + "\n";
  }
  if (grade != Grade::C) {
    text += std::string("grade ") + static_cast<char>('A' + static_cast<int>(grade)) +
            ": valid for suspects that were made later; when this one was made is not shown here\n";
  }
  return text;
}

namespace {

using nlohmann::json;

char letter(Grade grade) { return static_cast<char>('A' + static_cast<int>(grade)); }

json stamps_json(const TestFacts& v) {
  json stamps = json::array();
  for (const TimeStamp& s : v.stamps)
    stamps.push_back({{"commitment", s.commitment}, {"time", time_text(s.time)}, {"authority", s.authority}});
  return stamps;
}

std::string judged_at(const TestFacts& v) {
  return "; level " + figure(v.level) + " (test " + std::to_string(v.number) + " of " + std::to_string(v.tests) + ")\n";
}

json images_json(const TestFacts& v, const char* test, bool evidence) {
  json value = facts_json(v, evidence);
  value.update({{"schema", "wardmark.verify-images/1"},
                {"method", v.method},
                {"test", test},
                {"access", name(v.access)},
                {"queries", v.queries},
                {"pictures", v.pictures}});
  return value;
}

std::string line_of(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace) + "\n"; }

}  // namespace

std::string verdict_headline(const TestFacts& v, bool evidence) {
  std::string text;
  if (v.grade == Grade::C) {
    text += v.exploratory ? "exploratory: " : "exploratory, and no claim: ";
    text += "no time stamps show that plan and release are older than the suspect (grade C)\n";
  }
  return text + (evidence ? "evidence" : "no evidence") + " that " + printable(v.suspect) +
         " depends on this release's key\n";
}

std::string verdict_ending(const TestFacts& v, const std::string& before) {
  return "drawn by: " + drawn_by(v.grade, v.beacon) + "\n" + stamp_lines(v.grade, v.stamps) + before +
         "p is not the probability of innocence; no evidence is no proof of innocence\n";
}

json facts_json(const TestFacts& v, bool evidence) {
  return {{"release", v.release},
          {"suspect", printable(v.suspect)},
          {"evidence", evidence},
          {"grade", std::string(1, letter(v.grade))},
          {"stamps", stamps_json(v)},
          {"level", v.level},
          {"test_number", v.number},
          {"tests_planned", v.tests},
          {"drawn_by", v.beacon ? "beacon" : "owner"},
          {"table", v.table}};
}

std::string verdict_text(const Verdict& v) {
  const ShortcutResult& r = v.result;
  std::string text = verdict_headline(v, v.evidence());
  text += "p = " + figure(r.p) + (r.complete ? ", exact: " : ", by a uniform sample: ") + figure(r.at_least, "%.0f") +
          " of " + (r.complete ? figure(r.configurations, "%.0f") : figure(kSampledDraws + 1.0, "%.0f")) +
          " configurations that could have been drawn score at least as high" + judged_at(v);
  text += "effect: " + effect_text(v.access, r.effect) +
          (v.access == Access::labels ? " more answers follow the marks of their pictures than by chance"
                                      : " more for the marks of their pictures than by chance") +
          " (95 %: " + effect_text(v.access, r.interval.low) + " to " + effect_text(v.access, r.interval.high) +
          "); other candidate keys vary by " + effect_text(v.access, r.key_spread) + "\n";
  text += "smallest effect that this test would find 9 times in 10: " +
          (v.detectable ? effect_text(v.access, *v.detectable) : std::string("none, however large")) + "\n";
  text += "asked: " + std::to_string(v.queries) + " answers, " + std::to_string(v.pictures) + " clean pictures under " +
          std::to_string(v.classes) + " marks of " + std::to_string(v.pool) + " candidate keys; smallest p possible " +
          figure(r.floor) + "\n";
  text +=
      "hypothesis tested: suspect, pictures and questions are independent of which key and assignment were drawn; if "
      "they are not, the suspect was trained on the release, on a copy of it, or on a model that was\n";
  return text + verdict_ending(v, v.named ? ""
                                          : "the plan does not name the test pictures: valid only if they were chosen "
                                            "without regard to the draw, which nothing here proves\n");
}

std::string verdict_json(const Verdict& v) {
  const ShortcutResult& r = v.result;
  json value = images_json(v, "shortcut", v.evidence());
  value.update({{"p", r.p},
                {"at_least", r.at_least},
                {"configurations", r.configurations},
                {"complete", r.complete},
                {"floor", r.floor},
                {"statistic", r.statistic},
                {"effect", r.effect},
                {"effect_low", r.interval.low},
                {"effect_high", r.interval.high},
                {"key_spread", r.key_spread},
                {"detectable_effect", v.detectable ? json(*v.detectable) : json()},
                {"pool", v.pool},
                {"classes", v.classes},
                {"classes_known", v.known},
                {"pictures_named", v.named}});
  return line_of(value);
}

std::string verdict_text(const TwinVerdict& v) {
  const TwinResult& r = v.result;
  std::string text = verdict_headline(v, v.evidence());
  text += "p = " + figure(r.p) + ", exact: the share of all sequences of the release's " + std::to_string(r.units) +
          " coins in which the published versions would be ahead by as much" + judged_at(v);
  text += "effect: published versions are " + effect_text(v.access, r.effect) +
          " ahead of their twins (95 %: " + effect_text(v.access, r.interval.low) + " to " +
          effect_text(v.access, r.interval.high) + ")\n";
  text += "an effect of " + effect_text(v.access, r.detectable) + " would be found about 9 times in 10\n";
  text += "asked: " + std::to_string(v.queries) + " answers, both versions of " + std::to_string(v.pictures) +
          " pictures of the release; the suspect tells the versions of " + std::to_string(r.telling) + " of " +
          std::to_string(r.units) + " coins apart; smallest p possible " + figure(r.floor) + "\n";
  text +=
      "hypothesis tested: the suspect is independent of which version of each picture was published; if it is not, it "
      "was trained on the release, on a copy of it, or on a model that was, or it looks published files up\n";
  return text + verdict_ending(v);
}

std::string verdict_json(const TwinVerdict& v) {
  const TwinResult& r = v.result;
  json value = images_json(v, "twins", v.evidence());
  value.update({{"p", r.p},
                {"floor", r.floor},
                {"statistic", r.statistic},
                {"step", r.step},
                {"effect", r.effect},
                {"effect_low", r.interval.low},
                {"effect_high", r.interval.high},
                {"detectable_effect", r.detectable},
                {"units", r.units},
                {"units_telling", r.telling}});
  return line_of(value);
}

}  // namespace wardmark
