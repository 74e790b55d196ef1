#include "cli/survival_report.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/console.h"

namespace wardmark {
namespace {

constexpr std::size_t kShownChanges = 40;

template <class... Values>
std::string formatted(const char* format, Values... values) {
  char line[256];
  std::snprintf(line, sizeof line, format, values...);
  return line;
}

std::string share(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0) return "none";
  return std::to_string(part) + " of " + std::to_string(whole) +
         formatted(" (%.1f %%)", 100.0 * static_cast<double>(part) / static_cast<double>(whole));
}

std::string short_number(double value) { return std::isinf(value) ? std::string("-") : formatted("%.4g", value); }

std::string rule_lines(const SurvivalReport& report) {
  std::string text;
  std::size_t quiet = 0;
  for (const RuleTally& rule : report.rules) {
    if (rule.lost + rule.gained + rule.dropped_after == 0) {
      ++quiet;
      continue;
    }
    text += formatted("  %-14s %9s %8llu %8llu %6llu %6llu  %s\n", std::string(rule.id).c_str(),
                      short_number(rule.limit).c_str(), static_cast<unsigned long long>(rule.dropped_before),
                      static_cast<unsigned long long>(rule.dropped_after), static_cast<unsigned long long>(rule.lost),
                      static_cast<unsigned long long>(rule.gained), short_number(rule.least_margin).c_str());
  }
  if (!text.empty()) {
    text = formatted("  %-14s %9s %8s %8s %6s %6s  %s\n", "rule", "threshold", "before", "after", "lost", "gained",
                     "least margin") +
           text;
  }
  return text + "  " + std::to_string(quiet) + " rules drop or touch no marked document\n";
}

std::string change_lines(const SurvivalReport& report) {
  std::string text;
  for (std::size_t n = 0; n < std::min(report.changes.size(), kShownChanges); ++n) {
    const SurvivalChange& c = report.changes[n];
    text += "  " + std::string(c.lost ? "lost   " : "gained ") + printable(c.document) + ": " + std::string(c.rule) +
            " " + short_number(c.before) + " -> " + short_number(c.after) + ", threshold " + short_number(c.limit) +
            "\n";
  }
  if (report.changes.size() > kShownChanges) {
    text += "  and " + std::to_string(report.changes.size() - kShownChanges) + " more (--json has them)\n";
  }
  return text;
}

}  // namespace

std::string survival_text(const SurvivalReport& report, std::uint32_t words) {
  std::string text = "survival: " + counted(report.documents, "marked document") + " of " +
                     std::to_string(report.release_documents) + " under " + std::to_string(report.rules.size()) +
                     " filter rules, before and after\n";
  text += "  pass every rule they passed unmarked: " + share(report.kept, report.documents) +
          "; of 200 words or more: " + share(report.long_kept, report.long_documents) + "\n";
  text += rule_lines(report) + change_lines(report);
  text += "  not simulated:\n";
  for (const UnsimulatedRule& rule : unsimulated_rules()) {
    text += "    " + std::string(rule.id) + ": " + std::string(rule.why) + "\n";
  }
  text += "  a marked document and its unmarked twin, taken for duplicates by MinHash:";
  for (const double host : {50.0, 100.0, 300.0}) {
    text += formatted(" %.0f words %.2f", host, twin_chance(host, words));
    text += host < 300 ? "," : "; so mark before the first publication\n";
  }
  return text + formatted(
                    "  detectability: a filter by word frequencies of this release finds the sentence odder than"
                    " %.1f %% of %llu windows of %u words around it (50 %% would be none)\n",
                    100 * report.detectability, static_cast<unsigned long long>(report.windows), words);
}

nlohmann::json survival_json(const SurvivalReport& report, std::uint32_t words) {
  using nlohmann::json;
  const auto number = [](double value) { return std::isfinite(value) ? json(value) : json(); };
  json rules = json::array();
  for (const RuleTally& r : report.rules) {
    rules.push_back({{"id", r.id},
                     {"threshold", r.limit},
                     {"dropped_before", r.dropped_before},
                     {"dropped_after", r.dropped_after},
                     {"lost", r.lost},
                     {"gained", r.gained},
                     {"least_margin", number(r.least_margin)}});
  }
  json changes = json::array();
  for (const SurvivalChange& c : report.changes) {
    changes.push_back({{"document", printable(c.document)},
                       {"rule", c.rule},
                       {"before", c.before},
                       {"after", c.after},
                       {"threshold", c.limit},
                       {"lost", c.lost},
                       {"long", c.long_document}});
  }
  json unsimulated = json::object();
  for (const UnsimulatedRule& rule : unsimulated_rules()) unsimulated[std::string(rule.id)] = rule.why;
  json twins = json::object();
  for (const int host : {50, 100, 300}) twins[std::to_string(host)] = twin_chance(host, words);
  return {{"documents", report.documents},
          {"kept", report.kept},
          {"long_documents", report.long_documents},
          {"long_kept", report.long_kept},
          {"release_documents", report.release_documents},
          {"rules", rules},
          {"changes", changes},
          {"not_simulated", unsimulated},
          {"twin_chance", twins},
          {"detectability", report.detectability},
          {"windows", report.windows}};
}

}  // namespace wardmark
