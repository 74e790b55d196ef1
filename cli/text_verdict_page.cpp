#include <algorithm>
#include <cmath>
#include <optional>

#include "cli/console.h"
#include "cli/text_verdict.h"
#include "cli/verdict_page.h"
#include "core/html_page.h"

namespace wardmark {
namespace {

constexpr int kBins = 20, kWidth = 640, kHeight = 160;

std::string cell(const std::string& text) { return "<td>" + text + "</td>"; }

std::string bound(const TextVerdict& v, const std::optional<double>& value) {
  return value ? rank_unit(v.choice, *value) : "unbounded";
}

std::string findings(const TextVerdict& v) {
  std::string text =
      "<h2>Tests</h2><table><tr><th>test</th><th>p</th><th>adjusted</th><th>smallest possible</th><th>found</th></tr>";
  for (const TextFinding& f : v.findings) {
    std::string found;
    if (f.last) {
      found = std::to_string(f.last->hits) + " of " + std::to_string(f.last->sentences) + " sentences completed, " +
              std::to_string(f.last->prompts_hit) + " of " + std::to_string(f.last->prompts) + " prompts; " +
              std::to_string(f.last->guesses) + " distinct guesses; from " + std::to_string(f.last->needed) +
              " hits on it is evidence";
    } else {
      found = "released sentences score above " + figure(100 * f.rank->won, "%.1f") +
              "&nbsp;% of their siblings; effect " + rank_unit(v.choice, f.rank->effect) +
              " (95&nbsp;%: " + bound(v, f.rank->low) + " to " + bound(v, f.rank->high) + "), siblings vary by " +
              rank_unit(v.choice, f.rank->spread) + "; " +
              (f.rank->detectable ? "found nine times in ten from " + bound(v, f.rank->detectable) + " on"
                                  : "no effect, however large, would be found");
    }
    text += "<tr>" + cell(f.test) + cell(figure(f.p)) + cell(figure(f.adjusted)) + cell(figure(f.floor)) + cell(found) +
            "</tr>";
  }
  text += "</table>";
  for (const std::string& reason : v.left_out)
    text += "<p class=\"note\">Not made: " + html_escaped(printable(reason)) + "</p>";
  return text;
}

/// Where the released sentences stand among their siblings: level where the suspect knows nothing.
std::string rank_plot(const TextVerdict& v) {
  for (const TextFinding& f : v.findings) {
    if (!f.rank) continue;
    const int bins = std::min<int>(kBins, static_cast<int>(f.rank->members));
    std::vector<int> counts(static_cast<std::size_t>(bins), 0);
    for (const std::uint32_t rank : f.rank->ranks)
      ++counts[static_cast<std::size_t>(bins) * (rank - 1) / f.rank->members];
    const int most = std::max(1, *std::ranges::max_element(counts));
    std::string text = "<h2>Ranks of the released sentences</h2><svg viewBox=\"0 0 " + std::to_string(kWidth) + " " +
                       std::to_string(kHeight) + "\" role=\"img\" aria-label=\"ranks of " +
                       std::to_string(f.rank->sentences) + " sentences among " + std::to_string(f.rank->members) +
                       "\">";
    for (int b = 0; b < bins; ++b) {
      const int height = counts[static_cast<std::size_t>(b)] * (kHeight - 20) / most;
      text += "<rect x=\"" + std::to_string(b * kWidth / bins + 1) + "\" y=\"" + std::to_string(kHeight - height) +
              "\" width=\"" + std::to_string(kWidth / bins - 2) + "\" height=\"" + std::to_string(height) +
              "\" fill=\"#36c\"/>";
    }
    return text +
           "</svg><p class=\"note\">Best rank at the left. A suspect that never saw the release spreads them "
           "evenly.</p>";
  }
  return {};
}

std::string rows(const TextVerdict& v) {
  std::string text = "<h2>Sentences</h2><table><tr><th>sentence</th>";
  for (const TextFinding& f : v.findings) {
    if (f.last) text += "<th>hits, " + f.test + "</th>";
  }
  text += "<th>rank</th><th>words</th></tr>";
  for (const TextRow& row : v.rows) {
    text += "<tr>" + cell(std::to_string(row.sentence));
    for (const std::uint32_t hits : row.hits) text += cell(std::to_string(hits));
    text += cell(row.rank == 0 ? "&ndash;" : std::to_string(row.rank)) +
            cell(row.words.empty() ? "withheld" : html_escaped(row.words)) + "</tr>";
  }
  return text + "</table>";
}

std::string statements(const TextVerdict& v) {
  return std::string(
             "<h2>What this says, and what not</h2><ul>"
             "<li>Hypothesis tested: the suspect is independent of which candidates were released and of the words "
             "that the key drew. If it is not, it was trained on the release, on a copy of it, or on a model that was, "
             "or it looked the text up: web search, tools and retrieval must have been off.</li>"
             "<li>Last words: the words of a sentence are independent and uniform over the list, so a guess of k words "
             "is right with probability W<sup>&minus;k</sup> whoever guesses; all guesses are counted.</li>"
             "<li>Ranks: the released sentence was drawn among its siblings, which were never published; ties count "
             "against the claim; a sentence is one unit however many documents carry it.</li><li>") +
         verdict_draw(v) +
         "</li><li>p is the chance of such a result if the hypothesis is true. It is not the probability of "
         "innocence.</li>"
         "<li>It does not say who trained the model, nor that a licence was broken. Quotes and mirrors carry the "
         "sentences too, and a leaked key gives a small p as well.</li>"
         "<li>No evidence means: not detected at this power. It never means that the release was not used.</li>"
         "<li>It rests on the secrecy of the key before the test, on the suspect being the model it is said to be, on "
         "its not learning from the questions while it is asked, and on the strength of BLAKE2b and "
         "ChaCha20.</li></ul>";
}

std::string guesses_before(const TextVerdict& v) {
  std::string text;
  for (std::size_t n = 0; n < v.earlier.size() && n < v.choice.last.size(); ++n)
    text += (n == 0 ? "" : "; ") + std::to_string(v.earlier[n]) + " a sentence of the last " +
            std::to_string(v.choice.last[n]);
  return text.empty() ? "none" : text;
}

std::string facts(const TextVerdict& v) {
  return verdict_facts(
      v, {{"calls itself", v.name.empty() ? "nothing" : printable(v.name)},
          {"reference", v.reference.empty() ? "none" : printable(v.reference) + ", by " + v.choice.compare},
          {"sentences", std::to_string(v.sentences) + " asked about, of " + std::to_string(v.released) + ", each of " +
                            std::to_string(v.words) + " words from a list of " + std::to_string(v.list)},
          {"candidates a sentence", std::to_string(v.pool) + ", of which " + std::to_string(v.choice.siblings + 1) +
                                        " were scored where ranks were taken"},
          {"asked", std::to_string(v.prompts) + " beginnings, greedy decoding; " + std::to_string(v.items) + " scores"},
          {"guesses of earlier runs", guesses_before(v)},
          {"a score asked again differs by", figure(v.repeat_spread)}});
}

}  // namespace

std::string verdict_page(const TextVerdict& v) {
  return html_page("Test of " + printable(v.suspect),
                   verdict_lead(v, v.evidence(), v.p(), ", adjusted for all tests of this run") + findings(v) +
                       rank_plot(v) + rows(v) + statements(v) + facts(v));
}

}  // namespace wardmark
