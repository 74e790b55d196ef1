#pragma once
#include <string>
#include <vector>

#include "cli/time_stamp.h"
#include "core/batch.h"
#include "core/manifest.h"
#include "core/owner_key.h"
#include "io/record_folder.h"

namespace wardmark {

/// Items that were added to a release later. A batch that was not finished has no footer, and the lines it got to.
struct OpenBatch {
  Batch batch;
  Manifest manifest;
  std::vector<ManifestItem> items;
  bool finished() const { return manifest.footer.has_value(); }
};

/// A record read, its seals checked and its lines opened.
struct OpenRecord {
  Plan plan;
  Manifest manifest;
  std::vector<ManifestItem> items;      ///< of the release as it began: what its draw was made for
  std::vector<OpenBatch> batches = {};  ///< what was added
};

/// Items of the release and of all its batches.
std::vector<ManifestItem> all_items(const OpenRecord& record);
/// Companions likewise: a plan for the check of a release.
Plan with_companions(const OpenRecord& record);

/// Error(record_format), (key_wrong), (record_altered), or (record_incomplete) when the run was not finished, shards
/// are not merged yet, or items of the plan have no line. Batches may be unfinished.
OpenRecord open_record(const RecordFolder& record, const OwnerKey& key);

/// What was, or can be, time-stamped.
Commitments commitments_of(const OpenRecord& record);

/// The release's keys, from a plan's own name and id.
ReleaseKeys release_keys(const Plan& plan, const OwnerKey& key);

/// The draw as the record has it: the header's beacon value, or the owner's own. Error(record_incomplete) without a
/// manifest, (record_altered).
Draw recorded_draw(const RecordFolder& folder, const Plan& plan, const ReleaseKeys& keys);

}  // namespace wardmark
