#pragma once
#include <atomic>
#include <optional>

#include "core/dataset.h"
#include "core/plan.h"
#include "core/report.h"
#include "perturb/method.h"
#include "perturb/salience_map.h"

namespace wardmark {

/// What data_salience() looks at; all references outlive it.
struct SalienceLook {
  const DatasetReader& reader;
  const Plan& plan;
  const ReleaseKeys& keys;
  const Protector& protector;  ///< says at which size a picture is trained on
  unsigned jobs = 1;
  Report& report;
  const std::atomic<bool>& stop;
};

/// Where most happens over the items of the plan, or over up to kSalienceSample of them drawn by the key, whatever the
/// shard. Items that cannot be read do not count. Absent when stopped. Cost: reading and decoding those items once.
std::optional<SalienceMap> data_salience(const SalienceLook& look);

}  // namespace wardmark
