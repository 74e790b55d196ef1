#pragma once
#include <string>
#include <vector>

#include "cli/time_stamp.h"
#include "core/manifest.h"
#include "core/owner_key.h"
#include "io/record_folder.h"

namespace wardmark {

/// A record read, its seal checked and its lines opened.
struct OpenRecord {
  Plan plan;
  Manifest manifest;
  std::vector<ManifestItem> items;
};

/// Error(record_format), (key_wrong), (record_altered), or (record_incomplete) when the run was not finished, shards
/// are not merged yet, or items of the plan have no line.
OpenRecord open_record(const RecordFolder& record, const OwnerKey& key);

/// What was, or can be, time-stamped.
Commitments commitments_of(const OpenRecord& record);

/// The release's keys, from a plan's own name and id.
ReleaseKeys release_keys(const Plan& plan, const OwnerKey& key);

/// The draw as the record has it: the header's beacon value, or the owner's own. Error(record_incomplete) without a
/// manifest, (record_altered).
Draw recorded_draw(const RecordFolder& folder, const Plan& plan, const ReleaseKeys& keys);

}  // namespace wardmark
