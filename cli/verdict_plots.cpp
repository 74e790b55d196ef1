#include "cli/verdict_plots.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "cli/console.h"
#include "core/html_page.h"

namespace wardmark {
namespace {

constexpr double kLeft = 60, kRight = 830, kTop = 30, kBottom = 230;
constexpr double kMostDecades = 16;
constexpr std::uint32_t kMostShown = 30;  // classes in a table that people can read

/// Appends what printf would print.
template <class... Values>
void add(std::string& to, const char* format, Values... values) {
  char text[512];
  std::snprintf(text, sizeof text, format, values...);
  to += text;
}

double in_units(double effect, Access access) { return access == Access::labels ? 100 * effect : effect; }

double shown_value(const ResponseTable& table, std::uint32_t j, std::uint32_t s, std::uint32_t a) {
  const double unit = table.unit(a);
  return unit > 0 ? in_units(table.count(j, s, a) / unit, table.access()) : 0;
}

}  // namespace

NullSpread null_spread(const ShortcutResult& r) {
  std::string says;
  add(says, "%.0f configurations by effect; %.0f are at least as high as the drawn one", r.configurations, r.at_least);
  return {
      r.null, r.null_low, r.null_high, r.effect, "effect of a configuration: key and assignment of marks to classes",
      says};
}

NullSpread null_spread(const TwinResult& r) {
  std::string says;
  add(says, "all sequences of %.0f coins by effect; a share of %.3g is at least as high as the one that was tossed",
      static_cast<double>(r.units), r.p);
  return {r.null, -r.null_high, r.null_high, r.effect, "effect of a sequence of coins", says};
}

std::string null_histogram(const NullSpread& r, Access access) {
  const double width = r.high - r.low;
  if (r.shares.empty() || !(width > 0)) return {};
  double least = 1;  // what is rarer is drawn as that: a scale of a hundred decades says nothing
  for (const double share : r.shares) least = share > 0 ? std::min(least, share) : least;
  const double decades = std::clamp(std::ceil(-std::log10(least)), 1.0, kMostDecades);
  const auto x_of = [&](double effect) { return kLeft + (effect - r.low) / width * (kRight - kLeft); };
  const auto y_of = [&](double share) {
    return kBottom - std::max(0.0, 1 + std::log10(share) / decades) * (kBottom - kTop);
  };
  const char* unit = access == Access::labels ? "%" : "log-odds";
  std::string svg = "<svg viewBox=\"0 0 860 280\" role=\"img\" aria-label=\"" + html_escaped(r.says);
  add(svg, ", from %.3g to %.3g %s; the drawn one is at %.3g\">", in_units(r.low, access), in_units(r.high, access),
      unit, in_units(r.effect, access));
  for (int decade = 0; decade <= static_cast<int>(decades); decade += decades > 5 ? 2 : 1) {
    const double y = y_of(std::pow(10.0, -decade));
    add(svg, "<line x1=\"%.0f\" y1=\"%.1f\" x2=\"%.0f\" y2=\"%.1f\" stroke=\"#d9dee5\"/>", kLeft, y, kRight, y);
    add(svg, "<text x=\"%.0f\" y=\"%.1f\" text-anchor=\"end\">", kLeft - 6, y + 4);
    svg += decade == 0 ? "all</text>" : "1e-" + std::to_string(decade) + "</text>";
  }
  const double step = (kRight - kLeft) / static_cast<double>(r.shares.size());
  for (std::size_t b = 0; b < r.shares.size(); ++b) {
    if (r.shares[b] <= 0) continue;
    const double y = y_of(r.shares[b]);
    add(svg, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"#8fa3b8\"/>",
        kLeft + step * static_cast<double>(b), y, step - 1, std::max(1.0, kBottom - y));
  }
  for (int tick = 0; tick <= 4; ++tick) {
    const double effect = r.low + width * tick / 4;
    add(svg, "<text x=\"%.1f\" y=\"%.0f\" text-anchor=\"middle\">%.3g %s</text>", x_of(effect), kBottom + 18,
        in_units(effect, access), unit);
  }
  const double x = x_of(r.effect);
  add(svg, "<line x1=\"%.1f\" y1=\"%.0f\" x2=\"%.1f\" y2=\"%.0f\" stroke=\"#b3341f\" stroke-width=\"2.5\"/>", x,
      kTop - 8, x, kBottom);
  add(svg,
      "<text x=\"%.1f\" y=\"%.0f\" text-anchor=\"%s\" style=\"fill:#b3341f;font-weight:600\">drawn: %.3g %s</text>", x,
      kTop - 14, x > (kLeft + kRight) / 2 ? "end" : "start", in_units(r.effect, access), unit);
  return svg + "<text x=\"445\" y=\"272\" text-anchor=\"middle\">" + html_escaped(r.what) + "</text></svg>";
}

std::string answer_map(const ResponseTable& table, const DrawnMarks& marks, const std::vector<std::string>& classes) {
  if (marks.classes.size() > kMostShown) return {};
  double highest = 0;
  for (const std::uint32_t i : marks.classes) {
    for (const std::uint32_t a : marks.classes)
      highest = std::max(highest, shown_value(table, marks.key, marks.slots[i], a));
  }
  std::string text = "<div class=\"wide\"><table class=\"map\"><thead><tr><th>mark of</th>";
  for (const std::uint32_t a : marks.classes) text += "<th>" + html_escaped(printable(classes[a])) + "</th>";
  text += "</tr></thead><tbody>";
  for (const std::uint32_t i : marks.classes) {
    text += "<tr><th>" + html_escaped(printable(classes[i])) + "</th>";
    for (const std::uint32_t a : marks.classes) {
      const double value = shown_value(table, marks.key, marks.slots[i], a);
      const double shade = highest > 0 ? 0.55 * value / highest : 0;
      add(text, "<td%s style=\"background:rgba(143,163,184,%.2f)\">%s</td>", i == a ? " class=\"own\"" : "", shade,
          "VALUE");
      char number[32];
      std::snprintf(number, sizeof number, table.access() == Access::labels ? "%.1f" : "%.2f", value);
      text.replace(text.rfind("VALUE"), 5, i == a ? "<b>" + std::string(number) + "</b>" : std::string(number));
    }
    text += "</tr>";
  }
  return text + "</tbody></table></div>";
}

}  // namespace wardmark
