#include "core/plan.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/plan_lines.h"
#include "core/seal.h"
#include "core/statistics.h"
#include "core/version.h"

namespace wardmark {
namespace {

using nlohmann::json;
constexpr std::string_view kSchema = "wardmark.plan/1";

json settings_json(const Settings& settings) {
  json list = json::array();
  for (const auto& [name, value] : settings) list.push_back({name, value});
  return list;
}

Settings settings_from(const json& list) {
  Settings settings;
  for (const json& pair : list) settings.emplace_back(pair.at(0).get<std::string>(), pair.at(1).get<std::string>());
  return settings;
}

/// What the plan says beside its items: the text that commitment 1 covers and that the header seals.
std::string private_header(const Plan& plan) {
  json classes = json::array();
  for (const PlanClass& c : plan.classes) classes.push_back({c.name, c.items});
  json header{{"name", plan.release_name},
              {"format", plan.format},
              {"method", plan.method},
              {"parameters", settings_json(plan.parameters)},
              {"output", settings_json(plan.output)},
              {"classes", classes},
              {"spare_slots", plan.spare_slots},
              {"test",
               {{"statistic", plan.method == "ghost" ? "sentence-rank" : "shortcut"},
                {"alpha", plan.test.alpha},
                {"suspects", plan.test.suspects},
                {"pool", plan.test.pool},
                {"images_per_class", plan.test.images_per_class},
                {"stopping", "none"}}},
              {"items", plan.items.size()}};
  if (plan.test.pictures) header["test"]["pictures"] = to_hex(*plan.test.pictures);
  if (plan.beacon) header["beacon"] = {{"network", plan.beacon->network}, {"round", plan.beacon->round}};
  return header.dump();
}

void derive(Plan& plan, const OwnerKey& key) {
  const NameKeys names(key.name_key(plan.release_name));
  plan.item_root = item_root(plan.items, names);
  const std::string header = private_header(plan);
  const Digest id = digest(&names.name_key, "release-id", {bytes_of(header), plan.item_root});
  std::copy_n(id.begin(), plan.id.size(), plan.id.begin());
  const ReleaseKeys keys(names.name_key, plan.id);
  const Digest root = digest(nullptr, "pool-root", {keys.pool_root.bytes()});
  plan.commitment_1 = digest(nullptr, "commitment-1", {keys.salt.bytes(), bytes_of(header), plan.item_root, root});
}

json public_header(const Plan& plan) {
  json header{{"schema", kSchema},
              {"generator", std::string("wardmark ") + std::string(kVersion)},
              {"release", to_hex(ByteView(plan.id))},
              {"name_token", plan.name_token},
              {"commitment_1", to_hex(plan.commitment_1)},
              {"item_root", to_hex(plan.item_root)},
              {"items", plan.items.size()},
              {"companions", plan.companions.size()},
              {"batch", 0}};
  if (plan.beacon) header["beacon"] = {{"network", plan.beacon->network}, {"round", plan.beacon->round}};
  return header;
}

void read_private_header(Plan& plan, std::string_view text) {
  const json header = json::parse(text);
  plan.format = header.at("format").get<std::string>();
  plan.method = header.at("method").get<std::string>();
  plan.parameters = settings_from(header.at("parameters"));
  plan.output = settings_from(header.at("output"));
  for (const json& c : header.at("classes")) {
    plan.classes.push_back({c.at(0).get<std::string>(), c.at(1).get<std::uint64_t>()});
  }
  plan.spare_slots = header.at("spare_slots").get<std::uint32_t>();
  const json& test = header.at("test");
  plan.test = {test.at("alpha").get<double>(), test.at("suspects").get<std::uint32_t>(),
               test.at("pool").get<std::uint32_t>(), test.at("images_per_class").get<std::uint32_t>()};
  if (test.contains("pictures")) plan.test.pictures = digest_from_hex(test["pictures"].get<std::string>());
  if (header.contains("beacon")) {
    const json& beacon = header["beacon"];
    plan.beacon = BeaconPromise{beacon.at("network").get<std::string>(), beacon.at("round").get<std::uint64_t>()};
  }
}

/// A plan of which name and id are known.
Plan named(const PlanSummary& summary, const OwnerKey& key) {
  const auto release_name = key.open_name_token(summary.name_token);
  if (!release_name) throw Error(Code::key_wrong, "the key does not open this plan", "use the key it was made with");
  Plan plan;
  plan.release_name = *release_name;
  plan.name_token = summary.name_token;
  const Bytes id = from_hex(summary.release);
  if (id.size() != plan.id.size()) plan_damaged("the release id has the wrong length");
  std::ranges::copy(id, plan.id.begin());
  return plan;
}

}  // namespace

std::string coin_unit(const PlanItem& item) { return item.group.empty() ? to_hex(*item.input) : "group:" + item.group; }

std::uint32_t default_pool(std::uint32_t classes, double alpha, std::uint32_t suspects) {
  if (classes >= 8) return 20;
  const double needed = std::ceil(suspects / alpha * smallest_p(1, classes));
  return std::max(200u, static_cast<std::uint32_t>(std::min(needed, 1e7)));
}

void complete_plan(Plan& plan, const OwnerKey& key, bool claims) {
  const auto classes = static_cast<std::uint32_t>(plan.classes.size());
  if (plan.test.pool == 0) plan.test.pool = default_pool(classes, plan.test.alpha, plan.test.suspects);
  const double floor = smallest_p(plan.test.pool, classes);
  const double level = plan.test.alpha / plan.test.suspects;
  if (claims && floor > level * (1 + 1e-9)) {
    throw Error(
        Code::plan_power,
        "the smallest possible p-value, " + json(floor).dump() + ", is above the level of one test, " +
            json(level).dump(),
        "raise --pool to at least " + std::to_string(default_pool(classes, plan.test.alpha, plan.test.suspects)));
  }
  plan.name_token = key.name_token(plan.release_name);
  derive(plan, key);
}

std::string format_plan(Plan& plan, const OwnerKey& key) {
  const ReleaseKeys keys(key.name_key(plan.release_name), plan.id);
  json header = public_header(plan);
  header["private"] = seal(keys.seal, "plan-header", private_header(plan));
  const std::string text = plan_file(header.dump(), plan, NameKeys(key.name_key(plan.release_name)), keys, "plan");
  plan.hash = digest(nullptr, "plan-file", {bytes_of(text)});
  return text;
}

PlanSummary summarise_plan(std::string_view text) {
  const json header = parse_plan_line(first_plan_line(text));
  try {
    const auto schema = header.at("schema").get<std::string>();
    if (schema != kSchema) {
      throw Error(Code::plan_format, "plan of schema '" + schema + "', this program knows " + std::string(kSchema),
                  "use a newer wardmark");
    }
    PlanSummary summary{header.at("release").get<std::string>(),
                        header.at("name_token").get<std::string>(),
                        header.at("items").get<std::uint64_t>(),
                        header.at("commitment_1").get<std::string>(),
                        {}};
    if (header.contains("beacon")) {
      summary.beacon = BeaconPromise{header["beacon"].at("network").get<std::string>(),
                                     header["beacon"].at("round").get<std::uint64_t>()};
    }
    return summary;
  } catch (const json::exception&) {
    plan_damaged("the header is incomplete");
  }
}

ReleaseKeys plan_keys(std::string_view first_line, const OwnerKey& key) {
  const Plan plan = named(summarise_plan(first_line), key);
  return ReleaseKeys(key.name_key(plan.release_name), plan.id);
}

FieldDigest plan_file_digest(std::uint64_t bytes) { return FieldDigest(nullptr, "plan-file", bytes); }

Plan parse_plan(std::string_view text, const OwnerKey& key) {
  const PlanSummary summary = summarise_plan(text);
  try {
    Plan plan = named(summary, key);
    const ReleaseKeys keys(key.name_key(plan.release_name), plan.id);
    const json header = parse_plan_line(first_plan_line(text));
    const auto opened = unseal(keys.seal, "plan-header", header.at("private").get<std::string>());
    if (!opened) throw Error(Code::key_wrong, "the key does not open this plan", "use the key it was made with");
    read_private_header(plan, *opened);
    read_plan_file(text, plan, keys, "plan");
    const Plan read = plan;
    derive(plan, key);
    if (plan.id != read.id || to_hex(plan.commitment_1) != summary.commitment_1) {
      plan_damaged("the commitment does not fit");
    }
    plan.hash = digest(nullptr, "plan-file", {bytes_of(text)});
    return plan;
  } catch (const json::exception&) {
    plan_damaged("a field is missing or of the wrong type");
  }
}

Draw draw_plan(const Plan& plan, const ReleaseKeys& keys, const std::optional<BeaconRound>& beacon) {
  if (plan.beacon && !beacon) {
    throw Error(Code::beacon,
                "the plan waits for round " + std::to_string(plan.beacon->round) + " of " + plan.beacon->network,
                "add --beacon ROUND.json once the round is published");
  }
  if (!plan.beacon && beacon) {
    throw Error(Code::beacon, "the plan names no beacon round, so none may be used",
                "plan again with --beacon-network and --beacon-round");
  }
  std::optional<std::string> value;
  if (beacon) {
    if (beacon->round != plan.beacon->round) {
      throw Error(Code::beacon, "round " + std::to_string(beacon->round) + " was given, the plan names round " +
                                    std::to_string(plan.beacon->round));
    }
    value = beacon->value(plan.beacon->network);
  }
  return draw_release(keys.pool_root, plan.commitment_1, value, plan.test.pool,
                      static_cast<std::uint32_t>(plan.classes.size()));
}

Digest input_digest(ByteView stored, const NameKeys& keys) { return lane_digest(&keys.input, "input", {}, stored); }

Digest input_digest(const LaneHashes& lanes, std::uint64_t bytes, const NameKeys& keys) {
  return lane_digest(&keys.input, "input", {}, lanes, bytes);
}

std::uint32_t shard_of(const PlanItem& item, std::uint32_t count) {
  return shard_of(item.unit.empty() ? std::string_view(item.id) : item.unit, count);
}

std::uint32_t shard_of(std::string_view id, std::uint32_t count) {
  const Digest hash = digest(nullptr, "shard", {bytes_of(id)});
  std::uint64_t number = 0;
  for (std::size_t i = 8; i-- > 0;) number = number << 8 | hash[i];
  return static_cast<std::uint32_t>(number % count) + 1;
}

}  // namespace wardmark
