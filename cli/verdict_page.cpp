#include "cli/verdict_page.h"

#include <algorithm>
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

std::string lead(const Verdict& v) {
  const ShortcutResult& r = v.result;
  std::string text = "<p class=\"lead\">";
  text += v.evidence() ? "<b>Evidence</b>" : "<b>No evidence</b>";
  text += " that " + html_escaped(printable(v.suspect)) + " depends on the key of this release: p&nbsp;=&nbsp;<b>" +
          figure(r.p) + "</b>, judged at the level " + figure(v.level) + ".</p>";
  if (v.grade == Grade::C) {
    text +=
        "<p class=\"warn\">Exploratory (grade C): no time stamps show that plan and release are older than the "
        "suspect. "
        "Nothing may be claimed from this page alone.</p>";
  }
  text += "<p>Of " + figure(r.configurations, "%.0f") +
          " ways in which key and assignment of marks to classes could "
          "have been drawn, " +
          figure(r.at_least, "%.0f") + (r.complete ? "" : " of those sampled") +
          " look as good as the one that was drawn, or better. ";
  text += "The model gives " + effect_text(v.access, r.effect) +
          (v.access == Access::labels ? " more answers that follow" : " more for answers that follow") +
          " the marks than chance would (95&nbsp;%: " + effect_text(v.access, r.interval.low) + " to " +
          effect_text(v.access, r.interval.high) + "). ";
  return text + (v.detectable
                     ? "An effect of " + effect_text(v.access, *v.detectable) + " would be found nine times in ten.</p>"
                     : "No effect, however large, would be found nine times in ten.</p>");
}

std::string statements(const Verdict& v) {
  const char* const drawn =
      v.grade == Grade::A ? "The draw was made by a public beacon round that came after the plan was time-stamped."
      : v.beacon ? "The draw was made by a public beacon round that the plan named: the test is valid only if it "
                   "did so before the round was known, which nothing here proves."
                 : "The draw was made by the owner's key alone: the test is valid only if the owner "
                   "drew once and honestly, which nothing here proves.";
  std::string text =
      "<h2>What this says, and what not</h2><ul>"
      "<li>Hypothesis tested: the suspect, the test pictures and the questions are independent of which key and "
      "assignment were drawn. If they are not, the suspect was trained on the release, on a copy of it, or on a model "
      "that was.</li><li>";
  text += drawn;
  text += v.named ? "</li><li>The plan names the test pictures: they were fixed before the draw."
                  : "</li><li>The plan does not name the test pictures: the test is valid only if they were chosen "
                    "without regard to the draw, which nothing here proves.";
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
  std::vector<std::pair<const char*, std::string>> rows = {
      {"release", v.release},
      {"suspect", printable(v.suspect)},
      {"method", v.method},
      {"statistic", "T = " + std::to_string(r.statistic) + ", shortcut test by " + std::string(name(v.access))},
      {"p", figure(r.p, "%.6g") + (r.complete ? " (exact: every configuration was counted)" : " (uniform sample)")},
      {"smallest p possible", figure(r.floor, "%.6g")},
      {"test", std::to_string(v.number) + " of " + std::to_string(v.tests) + " that the plan pays for"},
      {"candidate keys", std::to_string(v.pool) + "; the other ones vary by " + effect_text(v.access, r.key_spread)},
      {"classes", std::to_string(v.classes) + ", of which the suspect knows " + std::to_string(v.known)},
      {"asked", std::to_string(v.queries) + " answers about " + std::to_string(v.pictures) + " clean pictures"},
      {"hash of the answers", v.table},
      {"program", "wardmark " WARDMARK_VERSION}};
  for (const TimeStamp& s : v.stamps) {
    rows.emplace_back(s.commitment == 1 ? "plan time-stamped" : "release time-stamped",
                      time_text(s.time) + " by " + s.authority);
  }
  std::string text = "<h2>Facts</h2><dl>";
  for (const auto& [what, value] : rows)
    text += "<dt>" + std::string(what) + "</dt><dd>" + html_escaped(value) + "</dd>";
  return text + "</dl>";
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
  std::string body = lead(v) + "<h2>All draws that could have been made</h2>" + null_histogram(v.result, v.access);
  const std::string map = answer_map(table, judgement.marks, classes);
  if (!map.empty()) {
    body +=
        "<h2>Answers to the released marks</h2><p class=\"note\">A row a mark, by the class it was drawn for; a "
        "column an answer: " +
        what + ". In bold: each class's own mark.</p>" + map;
  }
  body += pictures(examples) + statements(v) + facts(v);
  return html_page("Test of " + printable(v.suspect), body);
}

}  // namespace wardmark
