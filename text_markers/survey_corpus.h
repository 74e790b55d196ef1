#pragma once
#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/plan.h"
#include "core/report.h"
#include "text_markers/mark_text.h"
#include "text_markers/text_tree.h"

namespace wardmark {

/// What one reading of a corpus fixes for its plan.
struct CorpusSurvey {
  std::vector<PlanItem> items;
  Thresholds thresholds;
  std::uint64_t documents = 0;  ///< documents that will carry a sentence; 0 where every document does
};

/// Reads every file once: hashes it and finds the documents that will be marked. A file that cannot be read has no
/// hash. Empty when stopped.
std::optional<CorpusSurvey> survey_corpus(const TextTree& tree, const GhostRecipe& recipe, const NameKeys& names,
                                          Report& report, const std::atomic<bool>& stop);

/// Thresholds as the plan keeps them, and back. Error(plan_format).
std::string thresholds_text(const Thresholds& thresholds);
Thresholds parse_thresholds(std::string_view text, std::size_t sentences);

}  // namespace wardmark
