#pragma once
#include <atomic>
#include <optional>

#include "cli/protect_job.h"
#include "perturb/salience_map.h"

namespace wardmark {

/// Where most happens over the items of the plan, or over up to kSalienceSample of them drawn by the key, whatever the
/// shard. Items that cannot be read do not count. Absent when stopped. Cost: reading and decoding those items once.
std::optional<SalienceMap> data_salience(const ProtectArgs& args, const ProtectJob& job, const ReleaseKeys& keys,
                                         Console& console, const std::atomic<bool>& stop);

}  // namespace wardmark
