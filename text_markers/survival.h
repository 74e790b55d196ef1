#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "text_markers/cross_rules.h"
#include "text_markers/survival_rules.h"

namespace wardmark {

/// Thresholds that differ from the tables', by rule id.
using SurvivalLimits = std::map<std::string, double, std::less<>>;
/// "ID=VALUE" as typed. Error(parameter) for an unknown rule or no number.
void add_limit(SurvivalLimits& limits, std::string_view typed);

/// A document of a release as an extractor would pass it on: before marking and after.
struct SurvivalDocument {
  std::string_view id;
  std::string_view before;
  std::string_view after;     ///< of an unmarked document the same as before
  std::string_view sentence;  ///< without the spaces around it; empty: unmarked
  bool extracted = false;     ///< out of HTML
};

/// A verdict that marking changed.
struct SurvivalChange {
  std::string document;
  std::string_view rule;
  double before = 0;
  double after = 0;
  double limit = 0;
  bool lost = false;  ///< else gained: passed only after marking
  bool long_document = false;
};

/// How the marked documents fared under one rule.
struct RuleTally {
  std::string_view id;
  double limit = 0;
  std::uint64_t dropped_before = 0;  ///< documents; of rules on lines, documents with such lines
  std::uint64_t dropped_after = 0;
  std::uint64_t lost = 0;  ///< passed before, not after; of rules on lines and places: more of them after
  std::uint64_t gained = 0;
  double least_margin = 0;  ///< of those that pass after marking
};

struct SurvivalReport {
  std::uint64_t documents = 0;       ///< marked
  std::uint64_t kept = 0;            ///< of these, which pass every rule that they passed unmarked
  std::uint64_t long_documents = 0;  ///< marked, of kLongDocument words or more
  std::uint64_t long_kept = 0;
  std::uint64_t release_documents = 0;
  std::vector<RuleTally> rules;
  std::vector<SurvivalChange> changes;  ///< at most 1000, those lost first
  std::uint64_t windows = 0;            ///< host windows compared with sentences
  double detectability = 0.5;  ///< chance that a unigram filter finds the sentence odder than a window of its host
};

/// Runs every rule over a release before and after marking. First learn() every document, then count() every document
/// in any order, then report(). Memory: what stands around the sentences, and a number per different word. Not
/// thread-safe.
class SurvivalStudy {
 public:
  static constexpr double kLongDocument = 200;  ///< words
  /// `window`: words of a sentence's random part.
  SurvivalStudy(SurvivalLimits limits, std::uint32_t window);
  void learn(const SurvivalDocument& document);
  void count(const SurvivalDocument& document);
  SurvivalReport report() const;

 private:
  struct Times {
    std::uint32_t before = 0;
    std::uint32_t after = 0;
  };
  /// Units of one rule that hold a document's sentence.
  struct Holding {
    std::vector<std::uint64_t> before;
    std::vector<std::uint64_t> after;
  };
  struct Marked {
    std::string id;
    bool long_document = false;
    std::vector<double> before;  ///< values by rule
    std::vector<double> after;
    std::vector<Holding> units;  ///< by cross rule
  };
  double limit(std::string_view id, double standard) const;
  void judge(SurvivalReport& report) const;
  double repeated(std::size_t rule, const std::vector<std::uint64_t>& units, std::uint32_t Times::*when) const;
  void compare_windows(const FilterText& before, const FilterText& sentence);
  double oddness(const std::vector<std::uint64_t>& words, std::size_t at, std::uint32_t own) const;

  SurvivalLimits limits_;
  std::uint32_t window_;
  std::vector<Marked> marked_;
  std::vector<std::unordered_map<std::uint64_t, Times>> wanted_;  // by cross rule
  std::unordered_map<std::uint64_t, std::uint32_t> word_counts_;
  std::uint64_t word_total_ = 0;
  std::uint64_t release_documents_ = 0;
  std::uint64_t windows_ = 0;
  double odder_ = 0;
};

}  // namespace wardmark
