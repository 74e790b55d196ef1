#include "text_markers/survival.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "core/error.h"
#include "text_markers/survival_values.h"

namespace wardmark {
namespace {

constexpr std::size_t kChanges = 1000;
constexpr std::size_t kWordCounts = std::size_t{1} << 22;

std::uint64_t word_hash(std::u32string_view word) {
  std::uint64_t hash = 0xCBF29CE484222325u;
  for (const char32_t c : word) hash = (hash ^ c) * 0x100000001B3u;
  return hash;
}

/// Words in lower case, without punctuation.
std::vector<std::uint64_t> words_of(const FilterText& text) {
  std::vector<std::uint64_t> words;
  for (const std::u32string_view token : text.tokens) {
    if (!is_punctuation_alone(token)) words.push_back(word_hash(text.lowered(token)));
  }
  return words;
}

/// One rule's verdict over both values, taken into the report.
struct Verdict {
  std::string_view rule;
  double before;
  double after;
  double limit;
  bool dropped_before;
  bool dropped_after;
  bool lost;
  bool gained;
  double margin;
};

void take(const Verdict& v, RuleTally& tally, const std::string& document, bool long_document, SurvivalReport& report) {
  tally.dropped_before += v.dropped_before;
  tally.dropped_after += v.dropped_after;
  tally.lost += v.lost;
  tally.gained += v.gained;
  if (!v.dropped_after) tally.least_margin = std::min(tally.least_margin, v.margin);
  if ((v.lost || v.gained) && report.changes.size() < kChanges) {
    report.changes.push_back({document, v.rule, v.before, v.after, v.limit, v.lost, long_document});
  }
}

Verdict verdict(const SurvivalRule& rule, double limit, double before, double after) {
  const bool dropped_before = rule.drops_at(before, limit);
  const bool dropped_after = rule.drops_at(after, limit);
  const bool counts = rule.scope != RuleScope::document;
  const bool lost = counts ? after > before : dropped_after && !dropped_before;
  const bool gained = counts ? after < before : dropped_before && !dropped_after;
  return {rule.id, before, after, limit, dropped_before, dropped_after, lost, gained, rule.margin(after, limit)};
}

Verdict verdict(const CrossRule& rule, double limit, double before, double after) {
  return {rule.id,
          before,
          after,
          limit,
          before > limit,
          after > limit,
          after > limit && before <= limit,
          before > limit && after <= limit,
          limit - after};
}

bool known_rule(std::string_view id) {
  return std::ranges::find(survival_rules(), id, &SurvivalRule::id) != survival_rules().end() ||
         std::ranges::find(cross_rules(), id, &CrossRule::id) != cross_rules().end();
}

}  // namespace

void add_limit(SurvivalLimits& limits, std::string_view typed) {
  const std::size_t sign = typed.find('=');
  const std::string id(typed.substr(0, sign));
  if (sign == std::string_view::npos || !known_rule(id)) {
    throw Error(Code::parameter, "--survival-limit " + std::string(typed) + ": no rule of that name",
                "ID=VALUE with an id of the report, e.g. FW.dup=0.1");
  }
  const std::string number(typed.substr(sign + 1));
  char* end = nullptr;
  const double value = std::strtod(number.c_str(), &end);
  if (number.empty() || *end != '\0' || !std::isfinite(value)) {
    throw Error(Code::parameter, "--survival-limit " + std::string(typed) + ": no number behind the sign");
  }
  limits[id] = value;
}

SurvivalStudy::SurvivalStudy(SurvivalLimits limits, std::uint32_t window)
    : limits_(std::move(limits)), window_(window), wanted_(cross_rules().size()) {}

double SurvivalStudy::limit(std::string_view id, double standard) const {
  const auto at = limits_.find(id);
  return at == limits_.end() ? standard : at->second;
}

void SurvivalStudy::learn(const SurvivalDocument& document) {
  ++release_documents_;
  const FilterText before(document.before);
  for (const std::uint64_t word : words_of(before)) {
    if (word_counts_.size() < kWordCounts || word_counts_.contains(word)) ++word_counts_[word];
    ++word_total_;
  }
  if (document.sentence.empty()) return;
  FilterText after(document.after);
  const std::u32string sentence = utf32_of(document.sentence);
  const std::size_t place = after.text.find(sentence);
  after.mark_lost = place == std::u32string::npos;
  Marked marked;
  marked.id = document.id;
  marked.long_document = survival::plain_words(before) >= kLongDocument;
  for (const SurvivalRule& rule : survival_rules()) {
    const bool applies = document.extracted || !rule.id.starts_with("X.");
    marked.before.push_back(applies ? rule.value(before) : std::numeric_limits<double>::quiet_NaN());
    marked.after.push_back(applies ? rule.value(after) : std::numeric_limits<double>::quiet_NaN());
  }
  for (std::size_t r = 0; r < cross_rules().size(); ++r) {
    Holding holding;
    const CrossRule& rule = cross_rules()[r];
    if (!after.mark_lost) {
      rule.units(before, [&](const TextUnit& unit) {
        if (unit.begin <= place && unit.end + 1 >= place) holding.before.push_back(unit.hash);
      });
      rule.units(after, [&](const TextUnit& unit) {
        if (unit.begin < place + sentence.size() && unit.end > place) holding.after.push_back(unit.hash);
      });
    }
    for (const std::uint64_t hash : holding.before) wanted_[r].try_emplace(hash);
    for (const std::uint64_t hash : holding.after) wanted_[r].try_emplace(hash);
    marked.units.push_back(std::move(holding));
  }
  marked_.push_back(std::move(marked));
}

void SurvivalStudy::count(const SurvivalDocument& document) {
  const auto tally = [&](const FilterText& text, bool before, bool after) {
    for (std::size_t r = 0; r < cross_rules().size(); ++r) {
      auto& wanted = wanted_[r];
      if (wanted.empty()) continue;
      cross_rules()[r].units(text, [&](const TextUnit& unit) {
        const auto at = wanted.find(unit.hash);
        if (at == wanted.end()) return;
        at->second.before += before;
        at->second.after += after;
      });
    }
  };
  const FilterText before(document.before);
  if (document.sentence.empty()) return tally(before, true, true);
  tally(before, true, false);
  tally(FilterText(document.after), false, true);
  compare_windows(before, FilterText(document.sentence));
}

/// Mean of -log10 of the words' shares in the release; `own` copies of each word are not counted.
double SurvivalStudy::oddness(const std::vector<std::uint64_t>& words, std::size_t at, std::uint32_t own) const {
  double sum = 0;
  for (std::size_t k = at; k < at + window_; ++k) {
    const auto found = word_counts_.find(words[k]);
    const double times = found == word_counts_.end() ? 0 : static_cast<double>(found->second);
    sum -= std::log10((std::max(times - own, 0.0) + 0.5) / static_cast<double>(word_total_ + 1));
  }
  return sum / window_;
}

void SurvivalStudy::compare_windows(const FilterText& before, const FilterText& sentence) {
  const auto marks = words_of(sentence);
  const auto hosts = words_of(before);
  if (marks.size() < window_) return;
  double oddest = 0;
  for (std::size_t at = 0; at + window_ <= marks.size(); ++at) oddest = std::max(oddest, oddness(marks, at, 0));
  for (std::size_t at = 0; at + window_ <= hosts.size(); at += window_) {
    const double host = oddness(hosts, at, 1);
    odder_ += oddest > host ? 1.0 : oddest == host ? 0.5 : 0.0;
    ++windows_;
  }
}

double SurvivalStudy::repeated(std::size_t rule, const std::vector<std::uint64_t>& units,
                               std::uint32_t Times::*when) const {
  if (units.empty()) return 0;
  const auto lost = std::ranges::count_if(
      units, [&](std::uint64_t hash) { return wanted_[rule].at(hash).*when >= cross_rules()[rule].copies; });
  return static_cast<double>(lost) / static_cast<double>(units.size());
}

void SurvivalStudy::judge(SurvivalReport& report) const {
  const std::size_t rules = survival_rules().size();
  for (const Marked& m : marked_) {
    bool kept = true;
    for (std::size_t r = 0; r < report.rules.size(); ++r) {
      RuleTally& tally = report.rules[r];
      Verdict v{};
      if (r < rules) {
        if (std::isnan(m.before[r])) continue;
        v = verdict(survival_rules()[r], tally.limit, m.before[r], m.after[r]);
      } else {
        const std::size_t c = r - rules;
        v = verdict(cross_rules()[c], tally.limit, repeated(c, m.units[c].before, &Times::before),
                    repeated(c, m.units[c].after, &Times::after));
      }
      kept = kept && !v.lost;
      take(v, tally, m.id, m.long_document, report);
    }
    report.kept += kept;
    report.long_documents += m.long_document;
    report.long_kept += m.long_document && kept;
  }
}

SurvivalReport SurvivalStudy::report() const {
  SurvivalReport report;
  report.documents = marked_.size();
  report.release_documents = release_documents_;
  constexpr double kFar = std::numeric_limits<double>::infinity();
  for (const SurvivalRule& rule : survival_rules()) {
    report.rules.push_back({rule.id, limit(rule.id, rule.threshold), 0, 0, 0, 0, kFar});
  }
  for (const CrossRule& rule : cross_rules()) {
    report.rules.push_back({rule.id, limit(rule.id, rule.threshold), 0, 0, 0, 0, kFar});
  }
  judge(report);
  std::ranges::stable_sort(report.changes, {}, [](const SurvivalChange& c) { return !c.lost; });
  report.windows = windows_;
  if (windows_ > 0) report.detectability = odder_ / static_cast<double>(windows_);
  return report;
}

}  // namespace wardmark
