#include "cli/spare_slots.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "cli/console.h"
#include "core/error.h"
#include "core/seal.h"
#include "io/item_id.h"

namespace wardmark {
namespace {

using nlohmann::json;
constexpr std::string_view kSchema = "wardmark.slot/1";
constexpr auto kPurpose = "slot-class";

/// Later classes by slot.
std::map<std::uint32_t, std::string> taken(const RecordFolder& record, const ReleaseKeys& keys) {
  std::map<std::uint32_t, std::string> classes;
  for (const auto& [slot, text] : record.taken_slots()) {
    const std::string where = shown(record.path()) + ": slot " + std::to_string(slot);
    const json row = json::parse(text, nullptr, false);
    if (!row.is_object() || row.value("schema", json()) != kSchema) {
      throw Error(Code::record_format, where + " is of a version this program does not know", "use a newer wardmark");
    }
    const auto name = unseal(keys.seal, kPurpose, row.value("class", std::string()));
    if (!name) throw Error(Code::record_altered, where + " does not open");
    classes[slot] = *name;
  }
  return classes;
}

std::uint32_t spare_slot(const std::string& name, const Plan& release, const Draw& draw, const ReleaseKeys& keys,
                         const RecordFolder& record, std::map<std::uint32_t, std::string>& known, bool take) {
  for (const auto& [slot, of] : known) {
    if (of == name) return slot;
  }
  const std::string text = json{{"schema", kSchema}, {"class", seal(keys.seal, kPurpose, name)}}.dump() + "\n";
  for (const std::uint32_t slot : spare_slots(draw, name, release.spare_slots)) {
    if (const auto at = known.find(slot); at != known.end()) {
      if (at->second == name) return slot;
      continue;
    }
    if (!take || record.take_slot(slot, text)) {
      known[slot] = name;
      return slot;
    }
    known = taken(record, keys);  // somebody came first: perhaps with this very class
    const auto at = known.find(slot);
    if (at != known.end() && at->second == name) return slot;
  }
  throw Error(Code::slots_used,
              "class '" + printable(name) + "': all " + std::to_string(release.spare_slots) +
                  " spare marks of the release are taken",
              "protect the new classes as a release of their own");
}

}  // namespace

std::vector<std::uint32_t> slots_of(const std::vector<PlanClass>& classes, const Plan& release, const Draw& draw,
                                    const ReleaseKeys& keys, const RecordFolder& record, bool take) {
  std::vector<std::uint32_t> slots;
  std::optional<std::map<std::uint32_t, std::string>> known;
  for (const PlanClass& c : classes) {
    const auto at = std::ranges::find(release.classes, c.name, &PlanClass::name);
    if (at != release.classes.end()) {
      slots.push_back(draw.slots.at(static_cast<std::size_t>(at - release.classes.begin())));
      continue;
    }
    if (!known) known = taken(record, keys);
    slots.push_back(spare_slot(c.name, release, draw, keys, record, *known, take));
  }
  return slots;
}

}  // namespace wardmark
