#include "evaluate/scale_plot.h"

#include <algorithm>
#include <cstdio>

namespace wardmark {
namespace {

constexpr double kLeft = 300, kRight = 820, kTop = 26, kLine = 20;

double x_of(double share) { return kLeft + std::clamp(share, 0.0, 1.0) * (kRight - kLeft); }

/// Text that may stand inside an element.
std::string plain(const std::string& text) {
  std::string out;
  for (const char c : text) out += c == '<' || c == '>' || c == '&' ? '?' : c;
  return out;
}

}  // namespace

std::string scale_plot(const Summary& summary) {
  const double height = kTop + kLine * static_cast<double>(summary.rows.size()) + 30;
  std::string svg;
  char text[512];
  const auto add = [&](auto... values) {
    std::snprintf(text, sizeof(text), values...);
    svg += text;
  };
  add("<svg viewBox=\"0 0 860 %.0f\" role=\"img\" aria-label=\"balanced accuracy by training data and breaker\">",
      height);
  for (int tick = 0; tick <= 100; tick += 20) {
    const double x = x_of(tick / 100.0);
    add("<line x1=\"%.1f\" y1=\"%.0f\" x2=\"%.1f\" y2=\"%.0f\" stroke=\"#d9dee5\"/>", x, kTop - 6, x, height - 24);
    add("<text x=\"%.1f\" y=\"%.0f\" text-anchor=\"middle\">%d %%</text>", x, height - 8, tick);
  }
  const auto vertical = [&](double share, const char* colour, const char* label) {
    const double x = x_of(share);
    add("<line x1=\"%.1f\" y1=\"%.0f\" x2=\"%.1f\" y2=\"%.0f\" stroke=\"%s\" stroke-dasharray=\"4 3\"/>", x, kTop - 6,
        x, height - 24, colour);
    add("<text x=\"%.1f\" y=\"14\" text-anchor=\"middle\" style=\"fill:%s\">%s</text>", x, colour, label);
  };
  vertical(summary.chance, "#5b6776", "chance");
  if (summary.clean) vertical(summary.rows[*summary.clean].last.mean, "#2f6f4f", "originals");
  for (std::size_t i = 0; i < summary.rows.size(); ++i) {
    const Row& row = summary.rows[i];
    const double y = kTop + kLine * (static_cast<double>(i) + 0.5);
    const char* colour = row.cell.data == Data::marked    ? "#b3341f"
                         : row.cell.data == Data::mixture ? "#8a5a00"
                                                          : "#2f6f4f";
    add("<text x=\"%.0f\" y=\"%.1f\" text-anchor=\"end\"%s>", kLeft - 10, y + 4,
        row.headline ? " style=\"font-weight:700\"" : "");
    svg += plain(row.cell.network + ", " + row.cell.data_text() + ", " + row.cell.breaker) + "</text>";
    add("<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"%s\" stroke-width=\"2\"/>",
        x_of(row.last.interval.low), y, x_of(row.last.interval.high), y, colour);
    add("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4.5\" fill=\"%s\"/>", x_of(row.last.mean), y, colour);
    add("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"5\" fill=\"none\" stroke=\"%s\" stroke-width=\"1.5\"/>",
        x_of(row.best.mean), y, colour);
  }
  return svg + "</svg><p class=\"note\">Point: last epoch with its interval. Ring: best epoch.</p>";
}

}  // namespace wardmark
