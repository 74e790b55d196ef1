#include "evaluate/html_report.h"

#include <algorithm>
#include <cstdio>

#include "core/html_page.h"
#include "evaluate/scale_plot.h"

namespace wardmark {
namespace {

std::string percent(double share) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.1f", 100 * share);
  return text;
}

double strongest(const Row& row) { return std::max(row.last.mean, row.best.mean); }

std::string lead(const Summary& summary) {
  if (!summary.worst) return "<p class=\"lead\">No run on the protected set was finished.</p>";
  const Row& worst = summary.rows[*summary.worst];
  std::string text = "<p class=\"lead\">With the protected data alone, the strongest way tried (" +
                     html_escaped(worst.cell.network + ", " + worst.cell.breaker) +
                     ") reaches a balanced accuracy of <b>" + percent(strongest(worst)) +
                     " %</b> on clean test pictures";
  if (summary.clean) {
    text += "; the same network trained on the originals reaches <b>" +
            percent(strongest(summary.rows[*summary.clean])) + " %</b>, a constant answer " + percent(summary.chance) +
            " %";
  }
  return text +
         ".</p><p class=\"note\">Protection raises the cost of training; it prevents nothing for certain. Other "
         "counter-measures, longer training or more clean pictures may reach more.</p>";
}

std::string table(const Summary& summary) {
  std::string text =
      "<div class=\"wide\"><table><thead><tr><th>network</th><th>trained "
      "on</th><th>breaker</th><th>last</th><th>95&nbsp;%</th>"
      "<th>range</th><th>best</th><th>accuracy</th><th>AUC</th><th>n</th><th>items</th><th>s</th></tr></thead><tbody>";
  for (std::size_t i = 0; i < summary.rows.size(); ++i) {
    const Row& row = summary.rows[i];
    const char* kind = row.headline ? " class=\"worst\"" : summary.clean == i ? " class=\"clean\"" : "";
    char numbers[512];
    std::snprintf(numbers, sizeof(numbers),
                  "<td>%.1f</td><td>%.1f–%.1f</td><td>%.1f–%.1f</td><td>%.1f</td><td>%.1f</td><td>%.3f</td><td>%d</td>"
                  "<td>%zu</td><td>%.0f</td></tr>",
                  100 * row.last.mean, 100 * row.last.interval.low, 100 * row.last.interval.high, 100 * row.last.least,
                  100 * row.last.most, 100 * row.best.mean, 100 * row.accuracy, row.auc, row.repeats, row.train_items,
                  row.seconds);
    text += "<tr" + std::string(kind) + "><td>" + html_escaped(row.cell.network) + "</td><td>" +
            html_escaped(row.cell.data_text()) + "</td><td>" + html_escaped(row.cell.breaker) + "</td>" + numbers;
  }
  text +=
      "</tbody></table></div><p class=\"note\">last, best: balanced accuracy in percent, mean of n repeats, after the "
      "last "
      "epoch and at the epoch that was best on " +
      std::to_string(summary.validation_items) + " clean validation pictures. 95&nbsp;%: bootstrap over the " +
      std::to_string(summary.test_items) +
      " test pictures and the repeats. range: least and most of the repeats. accuracy and AUC: last epoch. The most "
      "frequent class alone gives an accuracy of " +
      percent(summary.majority_rate) + " %.</p>";
  return text;
}

std::string shown(const std::vector<std::uint8_t>& png, std::string_view what) {
  return png.empty() ? std::string() : html_picture(png, what);
}

std::string examples(const ReportFacts& facts) {
  if (facts.examples.empty()) return {};
  std::string text = "<h2>Examples</h2><p class=\"note\">original, protected, change &times; " +
                     std::to_string(facts.change_factor) + " around grey</p>";
  for (const Example& e : facts.examples) {
    text += "<figure>" + shown(e.clean, "original") + shown(e.marked, "protected") + shown(e.change, "change") +
            "<figcaption>" + html_escaped(e.name) + "</figcaption></figure>";
  }
  return text;
}

}  // namespace

std::string html_report(const Summary& summary, const ReportFacts& facts) {
  std::string text = lead(summary);
  for (const std::string& warning : facts.warnings) text += "<p class=\"warn\">" + html_escaped(warning) + "</p>";
  text += "<h2>What networks learn</h2>" + scale_plot(summary) + table(summary);
  if (!facts.left_out.empty()) {
    text += "<h2>Left out</h2><p class=\"note\">There was no time for these:</p><ul class=\"note\">";
    for (const std::string& cell : facts.left_out) text += "<li>" + html_escaped(cell) + "</li>";
    text += "</ul>";
  }
  text += examples(facts) + "<h2>Facts</h2><dl>";
  for (const auto& [name, value] : facts.facts)
    text += "<dt>" + html_escaped(name) + "</dt><dd>" + html_escaped(value) + "</dd>";
  return html_page(facts.title, text + "</dl>");
}

}  // namespace wardmark
