#pragma once
#include <optional>

#include "text_markers/mark_corpus.h"
#include "text_markers/survival.h"

namespace wardmark {

/// Reads every file of the run twice and runs the survival rules over the whole release; writes nothing. Files and
/// records that cannot be marked are passed over. Empty when stopped. Cost: about a second for 2 MB.
std::optional<SurvivalReport> corpus_survival(const MarkRun& run, const SurvivalLimits& limits);

}  // namespace wardmark
