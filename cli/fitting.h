#pragma once
#include <atomic>
#include <memory>

#include "cli/console.h"
#include "cli/protect_job.h"
#include "perturb/fit_state.h"

namespace wardmark {

/// The fit that the record holds, or null. Error(record_format) for a damaged one or one under another key.
std::shared_ptr<const FitState> recorded_fit(const RecordFolder& record, const ReleaseKeys& keys);
/// Keeps a fit in the record, sealed.
void record_fit(const RecordFolder& record, const ReleaseKeys& keys, const FitState& fit);

/// Fits the method of the job to its input, going on where an earlier run was stopped; null when stopped by a signal.
/// In wardmark, which has no networks, it becomes wardmark-nn instead: Error(engine_missing) where that is not
/// installed.
/// `salience`: where most happens, for methods that go by it.
std::shared_ptr<const FitState> new_fit(const ProtectArgs& args, const ProtectJob& job, const ReleaseKeys& keys,
                                        SalienceMap salience, Console& console, const std::atomic<bool>& stop);

/// Asked before anything is read: a program that cannot fit becomes the engine here.
void need_fitting();
/// Refuses what new_fit() would, before anything is written. Error(parameter).
void check_fit(const ProtectJob& job);

}  // namespace wardmark
