#include "cli/open_record.h"

#include <algorithm>

#include "core/error.h"
#include "io/atomic_file.h"

namespace wardmark {
namespace {

/// The manifest of a batch follows its plan and the draw of the release.
void check_batch(const OpenBatch& added, const OpenRecord& record, const ReleaseKeys& keys, const std::string& where) {
  const Plan& plan = added.batch.plan;
  const ManifestHeader& header = added.manifest.header;
  const ManifestHeader& first = record.manifest.header;
  const bool same = header.release == plan.id && header.plan_hash == plan.hash &&
                    header.commitment_1 == plan.commitment_1 && header.batch == added.batch.number &&
                    header.parent == record.plan.commitment_1 && header.draw == first.draw &&
                    header.beacon == first.beacon;
  if (!same) throw Error(Code::record_altered, where + ": the manifest is not of this batch and release");
  if (added.finished()) check_seal(added.manifest, keys);
  if (added.finished() && added.items.size() != plan.items.size())
    throw Error(Code::record_altered, where + ": planned items have no line");
  for (const ManifestItem& item : added.items) {
    if (item.n >= plan.items.size()) throw Error(Code::record_altered, where + ": a line of no planned item");
    const std::uint32_t c = plan.items[item.n].class_index;
    if (item.state == ItemState::protected_ && c != kNoClass && item.slot != added.batch.slots.at(c))
      throw Error(Code::record_altered, where + ": the marks of the manifest are not those of the batch");
  }
}

OpenBatch open_batch(const RecordFolder& folder, std::uint32_t number, const OpenRecord& record, const OwnerKey& key) {
  const std::string where = folder.plan_path(number).string();
  OpenBatch added{parse_batch(text_of(read_file(folder.plan_path(number))), record.plan, key), {}, {}};
  if (added.batch.number != number) throw Error(Code::record_altered, where + ": is of another batch");
  const auto text = folder.read_manifest({}, number);
  if (!text || text->find('\n') == std::string::npos) return added;
  added.manifest = parse_manifest(*text, true);
  const ReleaseKeys keys = release_keys(record.plan, key);
  for (const std::string& line : added.manifest.lines) added.items.push_back(open_item(line, keys));
  check_batch(added, record, keys, where);
  return added;
}

}  // namespace

std::vector<ManifestItem> all_items(const OpenRecord& record) {
  std::vector<ManifestItem> items = record.items;
  for (const OpenBatch& added : record.batches) items.insert(items.end(), added.items.begin(), added.items.end());
  return items;
}

Plan with_companions(const OpenRecord& record) {
  Plan plan = record.plan;
  for (const OpenBatch& added : record.batches) {
    const auto& more = added.batch.plan.companions;
    plan.companions.insert(plan.companions.end(), more.begin(), more.end());
  }
  return plan;
}

Commitments commitments_of(const OpenRecord& record) {
  Commitments commitments{record.plan.commitment_1, {}};
  if (record.manifest.footer) commitments.second = record.manifest.footer->commitment_2;
  return commitments;
}

ReleaseKeys release_keys(const Plan& plan, const OwnerKey& key) {
  return ReleaseKeys(key.name_key(plan.release_name), plan.id);
}

OpenRecord open_record(const RecordFolder& record, const OwnerKey& key) {
  OpenRecord open{parse_plan(record.read_plan(), key), {}, {}};
  const auto text = record.read_manifest({});
  const std::string where = record.path().string();
  if (!text) {
    const std::size_t parts = record.parts().size();
    throw Error(
        Code::record_incomplete,
        where + ": no manifest of the whole release, only " + std::to_string(parts) + " of shards",
        parts > 0 ? "join them with: wardmark manifest merge " + where + " -k KEY" : "finish the run with --resume");
  }
  open.manifest = parse_manifest(*text, true);
  if (!open.manifest.footer) {
    throw Error(Code::record_incomplete, where + ": the run was not finished", "finish it with --resume");
  }
  const ReleaseKeys keys = release_keys(open.plan, key);
  check_seal(open.manifest, keys);
  if (open.manifest.header.plan_hash != open.plan.hash) {
    throw Error(Code::record_altered, where + ": plan and manifest are of different releases");
  }
  for (const std::string& line : open.manifest.lines) open.items.push_back(open_item(line, keys));
  if (open.plan.format != kTextStream && open.items.size() != open.plan.items.size()) {
    throw Error(Code::record_incomplete, where + ": " + std::to_string(open.items.size()) + " of " +
                                             std::to_string(open.plan.items.size()) + " planned items have a line");
  }
  for (const std::uint32_t number : record.batches()) open.batches.push_back(open_batch(record, number, open, key));
  return open;
}

Draw recorded_draw(const RecordFolder& folder, const Plan& plan, const ReleaseKeys& keys) {
  std::optional<std::string> manifest = folder.read_manifest({});
  if (!manifest) {
    const auto parts = folder.parts();
    if (parts.empty()) {
      throw Error(Code::record_incomplete, folder.path().string() + ": no manifest, nothing was released yet");
    }
    manifest = std::string(text_of(read_file(parts.front())));
  }
  manifest->resize(std::min(manifest->find('\n'), manifest->size() - 1) + 1);  // its items are not needed
  const ManifestHeader header = parse_manifest(*manifest, true).header;
  if (header.plan_hash != plan.hash) {
    throw Error(Code::record_altered, folder.path().string() + ": the manifest follows another plan");
  }
  const std::optional<std::string> value =
      header.draw == "beacon" ? std::optional(header.beacon) : std::optional<std::string>();
  return draw_release(keys.pool_root, plan.commitment_1, value, plan.test.pool,
                      static_cast<std::uint32_t>(plan.classes.size()));
}

}  // namespace wardmark
