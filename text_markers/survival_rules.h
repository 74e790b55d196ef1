#pragma once
#include <span>
#include <string_view>

#include "text_markers/filter_text.h"

namespace wardmark {

/// When a document is dropped by a rule, compared with its threshold.
enum class Drops { above, from, below, up_to };
/// What a rule acts on: the document is dropped, the lines it counts are removed, the places it counts are rewritten.
enum class RuleScope { document, line, alter };
std::string_view name(RuleScope scope);

/// One rule of a public filter. Its value is a number of the document: of scope `line` how many lines it removes, of
/// `alter` how many places it rewrites.
struct SurvivalRule {
  std::string_view id;  ///< "GR.top2"
  std::string_view help;
  double threshold;
  Drops drops;
  RuleScope scope;
  std::string_view source;
  double (*value)(const FilterText& text);

  /// Whether a document of this value is dropped; of other scopes: whether anything is.
  bool drops_at(double found, double limit) const;
  /// How far inside (positive) or outside the limit.
  double margin(double found, double limit) const;
};

/// The only list of rules on one document.
std::span<const SurvivalRule> survival_rules();

/// A filter that is not run, and why.
struct UnsimulatedRule {
  std::string_view id;
  std::string_view why;
};
std::span<const UnsimulatedRule> unsimulated_rules();

}  // namespace wardmark
