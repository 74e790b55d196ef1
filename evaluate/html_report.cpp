#include "evaluate/html_report.h"

#include <algorithm>
#include <cstdio>

#include "core/bytes.h"
#include "evaluate/scale_plot.h"

namespace wardmark {
namespace {

constexpr std::string_view kStyle = R"(
:root{--ink:#1c2430;--soft:#5b6776;--line:#d9dee5;--mark:#b3341f;--clean:#2f6f4f}
*{box-sizing:border-box}
body{font:16px/1.5 system-ui,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;color:var(--ink);max-width:60rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.6rem;line-height:1.2;margin:0 0 .5rem}h2{font-size:1.15rem;margin:2rem 0 .5rem}
p.lead{font-size:1.1rem;margin:.5rem 0 1rem}
.note{color:var(--soft);font-size:.9rem}.warn{border-left:4px solid var(--mark);padding:.1rem .8rem;margin:.5rem 0}
table{border-collapse:collapse;width:100%;font-size:.9rem;font-variant-numeric:tabular-nums}
th,td{padding:.25rem .5rem;border-bottom:1px solid var(--line);text-align:right;white-space:nowrap}
th{font-weight:600;color:var(--soft)}th:nth-child(-n+3),td:nth-child(-n+3){text-align:left;white-space:normal}
tr.worst td{background:#fbeae6;font-weight:600}tr.clean td{background:#eaf4ee}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.15rem 1rem;font-size:.9rem}dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
figure{display:inline-block;margin:0 1rem 1rem 0}figure img{width:9rem;height:9rem;object-fit:contain;image-rendering:pixelated;border:1px solid var(--line);margin-right:2px}
figcaption{font-size:.85rem;color:var(--soft)}svg{width:100%;height:auto}svg text{font:12px system-ui,sans-serif;fill:var(--ink)}
@media print{body{margin:0;max-width:none}tr,figure{break-inside:avoid}}
)";

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

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
                     escaped(worst.cell.network + ", " + worst.cell.breaker) + ") reaches a balanced accuracy of <b>" +
                     percent(strongest(worst)) + " %</b> on clean test pictures";
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
      "<table><thead><tr><th>network</th><th>trained on</th><th>breaker</th><th>last</th><th>95&nbsp;%</th>"
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
    text += "<tr" + std::string(kind) + "><td>" + escaped(row.cell.network) + "</td><td>" +
            escaped(row.cell.data_text()) + "</td><td>" + escaped(row.cell.breaker) + "</td>" + numbers;
  }
  text +=
      "</tbody></table><p class=\"note\">last, best: balanced accuracy in percent, mean of n repeats, after the last "
      "epoch and at the epoch that was best on " +
      std::to_string(summary.validation_items) + " clean validation pictures. 95&nbsp;%: bootstrap over the " +
      std::to_string(summary.test_items) +
      " test pictures and the repeats. range: least and most of the repeats. accuracy and AUC: last epoch. The most "
      "frequent class alone gives an accuracy of " +
      percent(summary.majority_rate) + " %.</p>";
  return text;
}

std::string picture(const std::vector<std::uint8_t>& png, std::string_view what) {
  if (png.empty()) return {};
  return "<img alt=\"" + std::string(what) + "\" src=\"data:image/png;base64," + to_base64(png) + "\">";
}

std::string examples(const ReportFacts& facts) {
  if (facts.examples.empty()) return {};
  std::string text = "<h2>Examples</h2><p class=\"note\">original, protected, change &times; " +
                     std::to_string(facts.change_factor) + " around grey</p>";
  for (const Example& e : facts.examples) {
    text += "<figure>" + picture(e.clean, "original") + picture(e.marked, "protected") + picture(e.change, "change") +
            "<figcaption>" + escaped(e.name) + "</figcaption></figure>";
  }
  return text;
}

}  // namespace

std::string html_report(const Summary& summary, const ReportFacts& facts) {
  std::string text =
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width\"><link rel=\"icon\" href=\"data:,\"><title>" +
      escaped(facts.title) + "</title><style>" + std::string(kStyle) + "</style></head><body><h1>" +
      escaped(facts.title) + "</h1>" + lead(summary);
  for (const std::string& warning : facts.warnings) text += "<p class=\"warn\">" + escaped(warning) + "</p>";
  text += "<h2>What networks learn</h2>" + scale_plot(summary) + table(summary);
  if (!facts.left_out.empty()) {
    text += "<h2>Left out</h2><p class=\"note\">There was no time for these:</p><ul class=\"note\">";
    for (const std::string& cell : facts.left_out) text += "<li>" + escaped(cell) + "</li>";
    text += "</ul>";
  }
  text += examples(facts) + "<h2>Facts</h2><dl>";
  for (const auto& [name, value] : facts.facts) text += "<dt>" + escaped(name) + "</dt><dd>" + escaped(value) + "</dd>";
  return text + "</dl></body></html>\n";
}

}  // namespace wardmark
