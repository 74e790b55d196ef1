#include "cli/verdict_page.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "cli/method_options.h"
#include "cli/test_pictures.h"
#include "cli/verdict_plots.h"
#include "core/html_page.h"
#include "io/png_codec.h"
#include "perturb/apply.h"
#include "perturb/network_view.h"

namespace wardmark {
namespace {

constexpr std::size_t kMostExamples = 6;

std::string between(Access access, const Interval& interval) {
  return " (95&nbsp;%: " + effect_text(access, interval.low) + " to " + effect_text(access, interval.high) + "). ";
}

std::string lead(const Verdict& v) {
  const ShortcutResult& r = v.result;
  std::string text = verdict_lead(v, v.evidence(), r.p);
  text += "<p>Of " + figure(r.configurations, "%.0f") +
          " ways in which key and assignment of marks to classes could "
          "have been drawn, " +
          figure(r.at_least, "%.0f") + (r.complete ? "" : " of those sampled") +
          " look as good as the one that was drawn, or better. ";
  text += "The model gives " + effect_text(v.access, r.effect) +
          (v.access == Access::labels ? " more answers that follow" : " more for answers that follow") +
          " the marks than chance would" + between(v.access, r.interval);
  return text + (v.detectable
                     ? "An effect of " + effect_text(v.access, *v.detectable) + " would be found nine times in ten.</p>"
                     : "No effect, however large, would be found nine times in ten.</p>");
}

std::string lead(const TwinVerdict& v) {
  const TwinResult& r = v.result;
  return verdict_lead(v, v.evidence(), r.p) + "<p>Of each of " + std::to_string(v.pictures) +
         " pictures two versions were made, and a coin said which one to publish. In a share of " + figure(r.p) +
         " of all sequences of those " + std::to_string(r.units) +
         " coins the published versions would be ahead by as much, or more. The model prefers them by " +
         effect_text(v.access, r.effect) + between(v.access, r.interval) + "An effect of about " +
         effect_text(v.access, r.detectable) + " would be found nine times in ten.</p>";
}

constexpr std::string_view kRanksKeys =
    "the suspect, the test pictures and the questions are independent of which key and assignment were drawn. If they "
    "are not, the suspect was trained on the release, on a copy of it, or on a model that was.";
constexpr std::string_view kRanksCoins =
    "the suspect is independent of which version of each picture was published. If it is not, it was trained on the "
    "release, on a copy of it, or on a model that was, or it looks published files up.";

/// `named`: what is said of the test pictures.
std::string statements(const TestFacts& v, std::string_view hypothesis, std::string_view named) {
  std::string text = "<h2>What this says, and what not</h2><ul><li>Hypothesis tested: ";
  text.append(hypothesis).append("</li><li>").append(verdict_draw(v)).append("</li><li>").append(named);
  return text +
         "</li><li>p is the chance of such a draw if the hypothesis is true. It is not the probability of "
         "innocence.</li>"
         "<li>It does not say who trained the model, that all of the release was used, or that a licence was broken. A "
         "leaked key, or marked pictures planted in another collection, give a small p as well: the custody of key and "
         "release has to answer that.</li>"
         "<li>No evidence means: not detected at this power. It never means that the release was not used.</li>"
         "<li>It rests on the secrecy of the key before the test, on the suspect being the model it is said to be, and "
         "on the strength of BLAKE2b.</li></ul>";
}

std::string facts(const Verdict& v) {
  const ShortcutResult& r = v.result;
  return verdict_facts(
      v,
      {{"method", v.method},
       {"statistic", "T = " + std::to_string(r.statistic) + ", shortcut test by " + std::string(name(v.access))},
       {"p", figure(r.p, "%.6g") + (r.complete ? " (exact: every configuration was counted)" : " (uniform sample)")},
       {"smallest p possible", figure(r.floor, "%.6g")},
       {"candidate keys", std::to_string(v.pool) + "; the other ones vary by " + effect_text(v.access, r.key_spread)},
       {"classes", std::to_string(v.classes) + ", of which the suspect knows " + std::to_string(v.known)},
       {"asked", std::to_string(v.queries) + " answers about " + std::to_string(v.pictures) + " clean pictures"}});
}

std::string facts(const TwinVerdict& v) {
  const TwinResult& r = v.result;
  return verdict_facts(v, {{"method", v.method},
                           {"statistic", "sum of differences = " + std::to_string(r.statistic) + " steps of " +
                                             figure(r.step) + " thousandths, twins by " + std::string(name(v.access))},
                           {"p", figure(r.p, "%.6g") + " (exact: every sequence of coins was counted)"},
                           {"smallest p possible", figure(r.floor, "%.6g")},
                           {"coins", std::to_string(r.units) + "; the suspect tells the versions of " +
                                         std::to_string(r.telling) + " apart"},
                           {"asked", std::to_string(v.queries) + " answers about both versions of " +
                                         std::to_string(v.pictures) + " pictures of the release"}});
}

std::string pictures(const std::vector<VerdictExample>& examples) {
  if (examples.empty()) return {};
  std::string text =
      "<h2>Examples</h2><p class=\"note\">Test pictures as the suspect saw them: clean, with the released "
      "mark of their class, change &times; " +
      std::to_string(kExampleFactor) + " around grey</p>";
  for (const VerdictExample& e : examples) {
    text += "<figure>" + html_picture(e.clean, "clean") + html_picture(e.marked, "marked") +
            html_picture(e.change, "change") + "<figcaption>" + html_escaped(printable(e.name)) +
            "</figcaption></figure>";
  }
  return text;
}

Image seen(const Picture& picture, const Image& image, const SuspectHello& suspect) {
  Image view(suspect.width, suspect.height, suspect.channels, 8);
  network_view(picture, image, 0, suspect.width, suspect.height, suspect.channels, view.raw().data());
  return view;
}

Image difference(const Image& clean, const Image& marked) {
  Image change = marked;
  for (std::size_t i = 0; i < change.raw().size(); ++i) {
    const int step = marked.raw()[i] - clean.raw()[i];
    change.raw()[i] = static_cast<std::uint8_t>(std::clamp(128 + kExampleFactor * step, 0, 255));
  }
  return change;
}

}  // namespace

std::string verdict_lead(const TestFacts& v, bool evidence, double p, const std::string& judged) {
  std::string text = "<p class=\"lead\">";
  text += evidence ? "<b>Evidence</b>" : "<b>No evidence</b>";
  text += " that " + html_escaped(printable(v.suspect)) + " depends on the key of this release: p&nbsp;=&nbsp;<b>" +
          figure(p) + "</b>" + judged + ", judged at the level " + figure(v.level) + ".</p>";
  if (v.grade == Grade::C) {
    text +=
        "<p class=\"warn\">Exploratory (grade C): no time stamps show that plan and release are older than the "
        "suspect. "
        "Nothing may be claimed from this page alone.</p>";
  }
  return text;
}

std::string verdict_draw(const TestFacts& v) {
  if (v.grade == Grade::A)
    return "The draw was made by a public beacon round that came after the plan was time-stamped.";
  return v.beacon
             ? "The draw was made by a public beacon round that the plan named: the test is valid only if it did so "
               "before the round was known, which nothing here proves."
             : "The draw was made by the owner's key alone: the test is valid only if the owner drew once and "
               "honestly, which nothing here proves.";
}

std::string verdict_facts(const TestFacts& v, const std::vector<std::pair<std::string, std::string>>& of_test) {
  std::vector<std::pair<std::string, std::string>> rows = {{"release", v.release}, {"suspect", printable(v.suspect)}};
  rows.insert(rows.end(), of_test.begin(), of_test.end());
  rows.emplace_back("test", std::to_string(v.number) + " of " + std::to_string(v.tests) + " that the plan pays for");
  rows.emplace_back("hash of the answers", v.table);
  rows.emplace_back("program", "wardmark " WARDMARK_VERSION);
  for (const TimeStamp& s : v.stamps) {
    rows.emplace_back(s.commitment == 1 ? "plan time-stamped" : "release time-stamped",
                      time_text(s.time) + " by " + s.authority);
  }
  std::string text = "<h2>Facts</h2><dl>";
  for (const auto& [what, value] : rows) text += "<dt>" + what + "</dt><dd>" + html_escaped(value) + "</dd>";
  return text + "</dl>";
}

std::vector<VerdictExample> verdict_examples(const QueryJob& job, const DrawnMarks& marks,
                                             const SuspectHello& suspect) {
  QueryJob first = job;
  first.pictures.clear();
  std::uint32_t next = 0;
  for (const auto& picture : job.pictures) {
    if (picture.second != next || first.pictures.size() == kMostExamples) continue;
    first.pictures.push_back(picture);
    ++next;
  }
  const MethodInfo& method = find_method(job.method);
  const Budget budget = budget_of(job.output, method);
  const auto protector = method.prepare(
      {job.pool.at(marks.key), job.classes, marks.slots, job.items, job.parameters, fit_of(job), budget.epsilon});
  std::vector<VerdictExample> examples;
  for (const TestPicture& picture : load_test_pictures(first)) {
    const ItemContext item{picture.id, 0, picture.class_index, marks.slots[picture.class_index], 0};
    const Applied marked = apply(picture.picture, *protector, item, budget, Measuring::nothing);
    const Image before = seen(picture.picture, picture.picture.image, suspect);
    const Image after = seen(picture.picture, marked.image, suspect);
    examples.push_back({job.classes[picture.class_index], encode_plain_png(before), encode_plain_png(after),
                        encode_plain_png(difference(before, after))});
  }
  return examples;
}

std::string verdict_page(const Judgement& judgement, const ResponseTable& table,
                         const std::vector<std::string>& classes, const std::vector<VerdictExample>& examples) {
  const Verdict& v = judgement.verdict;
  const std::string what = v.access == Access::labels ? "percent of the answers that could go to a class"
                                                      : "mean log-odds of a class, above the lowest of its column";
  std::string body =
      lead(v) + "<h2>All draws that could have been made</h2>" + null_histogram(null_spread(v.result), v.access);
  const std::string map = answer_map(table, judgement.marks, classes);
  if (!map.empty()) {
    body +=
        "<h2>Answers to the released marks</h2><p class=\"note\">A row a mark, by the class it was drawn for; a "
        "column an answer: " +
        what + ". In bold: each class's own mark.</p>" + map;
  }
  constexpr std::string_view kNamed = "The plan names the test pictures: they were fixed before the draw.";
  constexpr std::string_view kChosen =
      "The plan does not name the test pictures: the test is valid only if they were chosen without regard to the "
      "draw, "
      "which nothing here proves.";
  body += pictures(examples) + statements(v, kRanksKeys, v.named ? kNamed : kChosen) + facts(v);
  return html_page("Test of " + printable(v.suspect), body);
}

std::string verdict_page(const TwinVerdict& v) {
  const std::string body = lead(v) + "<h2>All coins that could have been tossed</h2>" +
                           null_histogram(null_spread(v.result), v.access) +
                           statements(v, kRanksCoins,
                                      "Both versions of every picture were made and checked before its coin was "
                                      "looked at; which pictures are in the test does not hang on the coins.") +
                           facts(v);
  return html_page("Test of " + printable(v.suspect), body);
}

}  // namespace wardmark
