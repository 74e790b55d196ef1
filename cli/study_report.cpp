#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "cli/study.h"
#include "core/error.h"
#include "evaluate/html_report.h"
#include "io/atomic_file.h"
#include "io/png_codec.h"

namespace wardmark {
namespace {

using nlohmann::json;

constexpr int kChangeFactor = 8;
constexpr std::size_t kMostExamples = 8;

json number(double value) { return std::isfinite(value) ? json(std::round(value * 1e5) / 1e5) : json(); }

json figure_json(const Figure& f) {
  return {{"mean", number(f.mean)},
          {"least", number(f.least)},
          {"most", number(f.most)},
          {"interval", {number(f.interval.low), number(f.interval.high)}}};
}

json row_json(const Row& row) {
  return {{"network", row.cell.network},      {"data", row.cell.data_text()},
          {"breaker", row.cell.breaker},      {"repeats", row.repeats},
          {"train_items", row.train_items},   {"last", figure_json(row.last)},
          {"best", figure_json(row.best)},    {"accuracy", number(row.accuracy)},
          {"auc", number(row.auc)},           {"best_accuracy", number(row.best_accuracy)},
          {"best_auc", number(row.best_auc)}, {"seconds", number(row.seconds)},
          {"worst_case", row.headline}};
}

std::string left_out_text(const std::vector<Cell>& cells) {
  std::string text;
  for (const Cell& cell : cells) text += (text.empty() ? "" : "; ") + cell.text();
  return text;
}

json study_json(const EvaluateArgs& args, const Study& study, const Summary& summary, const StudyOutcome& outcome) {
  json rows = json::array();
  for (const Row& row : summary.rows) rows.push_back(row_json(row));
  json left = json::array();
  for (const Cell& cell : outcome.left_out) left.push_back(cell.text());
  json out{{"schema", "wardmark.evaluate/1"},
           {"train", printable(args.train)},
           {"classes", study.material.test.classes},
           {"train_items", study.material.marked.size()},
           {"validation_items", summary.validation_items},
           {"test_items", summary.test_items},
           {"size", {study.material.marked.width, study.material.marked.height}},
           {"majority_rate", number(summary.majority_rate)},
           {"chance", number(summary.chance)},
           {"width", study.question.width},
           {"epochs", study.question.epochs},
           {"seed", study.question.seed},
           {"compute", outcome.compute},
           {"rows", rows},
           {"left_out", left},
           {"warnings", study.warnings}};
  if (summary.learned_share) out["learned_share"] = number(*summary.learned_share);
  return out;
}

std::string headline(const Summary& summary) {
  if (!summary.worst) return {};
  const Row& worst = summary.rows[*summary.worst];
  char text[256];
  std::snprintf(text, sizeof(text), "worst case with the protected data alone: %.1f %% (%s, %s)",
                100 * std::max(worst.last.mean, worst.best.mean), worst.cell.network.c_str(),
                worst.cell.breaker.c_str());
  std::string line = text;
  if (summary.clean) {
    const Row& clean = summary.rows[*summary.clean];
    std::snprintf(text, sizeof(text), "; originals: %.1f %%; a constant answer: %.1f %%",
                  100 * std::max(clean.last.mean, clean.best.mean), 100 * summary.chance);
    line += text;
  }
  return line + "\n";
}

std::vector<std::uint8_t> png_of(ByteView samples, const PixelSet& set) {
  Image image(set.width, set.height, set.channels, 8);
  std::ranges::copy(samples, image.raw().begin());
  const Bytes file = encode_plain_png(image);
  return {file.begin(), file.end()};
}

std::vector<Example> examples_of(const Material& m) {
  std::vector<Example> examples;
  for (std::size_t c = 0; c < m.marked.classes.size() && examples.size() < kMostExamples; ++c) {
    const auto at = std::ranges::find(m.marked.labels, static_cast<std::int64_t>(c));
    if (at == m.marked.labels.end()) continue;
    const auto i = static_cast<std::size_t>(at - m.marked.labels.begin());
    Example example;
    example.name = m.marked.classes[c];
    example.marked = png_of(m.marked.item(i), m.marked);
    if (m.has_clean()) {
      example.clean = png_of(m.clean.item(i), m.clean);
      Bytes change(m.marked.item_samples());
      for (std::size_t k = 0; k < change.size(); ++k) {
        const int difference = m.marked.item(i)[k] - m.clean.item(i)[k];
        change[k] = static_cast<std::uint8_t>(std::clamp(128 + kChangeFactor * difference, 0, 255));
      }
      example.change = png_of(change, m.marked);
    }
    examples.push_back(std::move(example));
  }
  return examples;
}

std::string page(const EvaluateArgs& args, const Study& study, const Summary& summary, const StudyOutcome& outcome) {
  const Material& m = study.material;
  ReportFacts facts;
  facts.title = "Evaluation of " + printable(args.train);
  facts.change_factor = kChangeFactor;
  facts.warnings = study.warnings;
  for (const Cell& cell : outcome.left_out) facts.left_out.push_back(cell.text());
  facts.examples = examples_of(m);
  const auto fact = [&](const char* name, const std::string& value) { facts.facts.emplace_back(name, value); };
  fact("protected set", printable(args.train) + ", " + counted(m.marked.size(), "picture"));
  if (m.has_clean()) fact("originals", printable(args.clean));
  fact("test set", printable(args.test) + ", " + counted(m.test.size(), "picture"));
  fact("validation", counted(m.validation.size(), "clean picture") + ", apart from training and test");
  fact("size", std::to_string(m.marked.width) + " x " + std::to_string(m.marked.height) + ", " +
                   (m.marked.channels == 1 ? "grey" : "colour"));
  fact("classes", std::to_string(m.test.classes.size()));
  fact("recipe", std::to_string(study.question.epochs) + " epochs, width " + std::to_string(study.question.width) +
                     ", seed " + std::to_string(study.question.seed) + ", " +
                     counted(static_cast<std::uint64_t>(study.question.repeats), "repeat"));
  fact("computed on", outcome.compute);
  fact("program", "wardmark " WARDMARK_VERSION);
  return html_report(summary, facts);
}

}  // namespace

void report_study(const EvaluateArgs& args, const Study& study, const StudyOutcome& outcome, Console& console) {
  const Material& m = study.material;
  const Summary summary = summarise(outcome.results, m.test.labels, m.test.classes.size(), m.validation.size());
  if (!args.report.empty()) write_file(args.report, bytes_of(page(args, study, summary, outcome)));
  if (console.style().json || console.style().json_lines) {
    console.result(study_json(args, study, summary, outcome).dump(-1, ' ', false, json::error_handler_t::replace) +
                   "\n");
    return;
  }
  console.result(summary_text(summary) + headline(summary));
  if (!outcome.left_out.empty()) console.say("no time for: " + left_out_text(outcome.left_out));
  if (!args.report.empty()) console.say("report: " + printable(args.report));
}

}  // namespace wardmark
