#pragma once
#include <atomic>
#include <string>
#include <vector>

#include "core/dataset.h"
#include "core/plan.h"
#include "core/report.h"

namespace wardmark {

/// Reads every item to protect once and hashes it under the release name's key. `classes` are sorted; an item whose
/// label is not among them has no class. An unreadable file keeps its place without a hash: protect() will refuse it.
/// With the ledger's key also PlanItem::trace. Runs on `jobs` threads; the result does not depend on them. Returns
/// early, short of items, once `stop` is set.
std::vector<PlanItem> hash_items(const DatasetReader& reader, const std::vector<PlanClass>& classes,
                                 const NameKeys& keys, unsigned jobs, Report& report, const std::atomic<bool>& stop,
                                 const Subkey* ledger = nullptr);

}  // namespace wardmark
