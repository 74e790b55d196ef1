#pragma once
#include <optional>
#include <string>

#include "cli/console.h"
#include "cli/exit_status.h"
#include "text_markers/corpus_survival.h"

namespace wardmark {

/// What `mark` says at its end: what became of the files, and the survival report where one was made.
void report_marking(const std::string& output, const Plan& plan, const MarkOutcome& outcome,
                    const std::optional<SurvivalReport>& survival, std::uint32_t words, Console& console);
/// The survival report alone.
void report_survival(const SurvivalReport& survival, std::uint32_t words, Console& console);
/// A dry run: what would be put where, one place per document with the text around it; writes nothing.
ExitStatus show_marking(const MarkRun& run, Console& console);

}  // namespace wardmark
