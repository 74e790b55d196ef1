#pragma once
#include <atomic>

#include "cli/study.h"
#include "cli/study_state.h"

namespace wardmark {

/// Fits the grid into the budget and runs its cells one after the other; each is kept in `state` when it is done, and
/// those found there are not run again. False: stopped early. Errors: those of training.
bool run_study(const EvaluateArgs& args, Study& study, StudyState& state, const Compute& compute, Console& console,
               const std::atomic<bool>& stop, StudyOutcome& outcome);

}  // namespace wardmark
