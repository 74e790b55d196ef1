#include "cli/open_record.h"

#include "core/error.h"

namespace wardmark {

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

}  // namespace wardmark
