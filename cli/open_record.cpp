#include "cli/open_record.h"

#include <algorithm>

#include "core/error.h"
#include "io/atomic_file.h"

namespace wardmark {

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
