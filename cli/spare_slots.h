#pragma once
#include <cstdint>
#include <vector>

#include "core/plan.h"
#include "io/record_folder.h"

namespace wardmark {

/// Slots of classes of a batch: those of the release keep theirs, others take spare ones (docs/formats.md, "Batches").
/// With `take` a slot that is needed for the first time is taken in the record, also while other processes do so.
/// Error(slots_used) when there are not enough; (record_format) for a file of a newer version.
std::vector<std::uint32_t> slots_of(const std::vector<PlanClass>& classes, const Plan& release, const Draw& draw,
                                    const ReleaseKeys& keys, const RecordFolder& record, bool take);

}  // namespace wardmark
