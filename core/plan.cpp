#include "core/plan.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/lane_digest.h"
#include "core/merkle.h"
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

std::string item_text(const PlanItem& item) {
  const std::int64_t c = item.class_index == kNoClass ? -1 : static_cast<std::int64_t>(item.class_index);
  json row{item.id, c, item.bytes, item.input ? to_hex(*item.input) : ""};
  if (!item.unit.empty() || !item.facts.empty()) {
    row.insert(row.end(), {item.group, item.unit, item.facts});
  } else if (!item.group.empty()) {
    row.push_back(item.group);
  }
  return row.dump();
}

Digest item_root(const std::vector<PlanItem>& items, const NameKeys& keys) {
  std::vector<Digest> leaves;
  leaves.reserve(items.size());
  for (const PlanItem& item : items) {
    const Subkey salt = keys.leaf.derive("leaf", {item.id});
    leaves.push_back(digest(nullptr, "plan-leaf", {salt.bytes(), bytes_of(item_text(item))}));
  }
  return merkle_root(leaves);
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

[[noreturn]] void damaged(const std::string& what) {
  throw Error(Code::plan_format, "plan: " + what, "make the plan again with: wardmark plan");
}

json parse_line(std::string_view line) {
  json value = json::parse(line, nullptr, false);
  if (!value.is_object()) damaged("a line is not a JSON object");
  return value;
}

/// Takes the first line off `text`.
std::string_view next_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
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

PlanItem read_item(std::string_view text, std::size_t classes) {
  const json row = json::parse(text);
  PlanItem item;
  item.id = row.at(0).get<std::string>();
  const auto c = row.at(1).get<std::int64_t>();
  if (c >= static_cast<std::int64_t>(classes)) damaged("an item of an unknown class");
  if (c >= 0) item.class_index = static_cast<std::uint32_t>(c);
  item.bytes = row.at(2).get<std::uint64_t>();
  const auto hash = row.at(3).get<std::string>();
  if (!hash.empty()) item.input = digest_from_hex(hash);
  if (row.size() > 4) item.group = row.at(4).get<std::string>();
  if (row.size() > 5) {
    item.unit = row.at(5).get<std::string>();
    item.facts = row.at(6).get<std::string>();
  }
  return item;
}

Companion read_companion(std::string_view text) {
  const json row = json::parse(text);
  const CodeInfo* code = find_code(row.at(1).get<std::string>());
  if (code == nullptr) damaged("an unknown code");
  return {row.at(0).get<std::string>(), code->code};
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
  std::string text = header.dump() + "\n";
  constexpr std::size_t kUsualLine = 288;
  text.reserve(text.size() + kUsualLine * (plan.items.size() + plan.companions.size() + 1));
  for (const PlanItem& item : plan.items) text += R"({"i":")" + seal(keys.seal, "plan-item", item_text(item)) + "\"}\n";
  for (const Companion& c : plan.companions) {
    const std::string row = json{c.path, name(c.code)}.dump();
    text += R"({"c":")" + seal(keys.seal, "plan-companion", row) + "\"}\n";
  }
  text += R"({"mac":")" + to_hex(digest(&keys.mac, "plan", {bytes_of(text)})) + "\"}\n";
  plan.hash = digest(nullptr, "plan-file", {bytes_of(text)});
  return text;
}

PlanSummary summarise_plan(std::string_view text) {
  const json header = parse_line(next_line(text));
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
    damaged("the header is incomplete");
  }
}

Plan parse_plan(std::string_view text, const OwnerKey& key) {
  const std::string_view whole = text;
  const PlanSummary summary = summarise_plan(text);
  const auto release_name = key.open_name_token(summary.name_token);
  if (!release_name) throw Error(Code::key_wrong, "the key does not open this plan", "use the key it was made with");
  try {
    Plan plan;
    plan.release_name = *release_name;
    plan.name_token = summary.name_token;
    const Bytes id = from_hex(summary.release);
    if (id.size() != plan.id.size()) damaged("the release id has the wrong length");
    std::ranges::copy(id, plan.id.begin());
    const ReleaseKeys keys(key.name_key(plan.release_name), plan.id);
    const auto open = [&](std::string_view purpose, const json& sealed) {
      const auto opened = unseal(keys.seal, purpose, sealed.get<std::string>());
      if (!opened) throw Error(Code::key_wrong, "the key does not open this plan", "use the key it was made with");
      return *opened;
    };
    const json header = parse_line(next_line(text));
    read_private_header(plan, open("plan-header", header.at("private")));
    plan.items.reserve(std::min<std::uint64_t>(summary.items, text.size() / 64));
    std::string mac;
    while (!text.empty() && mac.empty()) {
      const auto covered = static_cast<std::size_t>(text.data() - whole.data());
      const json line = parse_line(next_line(text));
      if (line.contains("i")) plan.items.push_back(read_item(open("plan-item", line["i"]), plan.classes.size()));
      if (line.contains("c")) plan.companions.push_back(read_companion(open("plan-companion", line["c"])));
      if (line.contains("mac")) {
        mac = line["mac"].get<std::string>();
        if (mac != to_hex(digest(&keys.mac, "plan", {bytes_of(whole.substr(0, covered))}))) damaged("altered");
      }
    }
    if (mac.empty() || !text.empty()) damaged("cut short or longer than its seal");
    const Plan read = plan;
    derive(plan, key);
    if (plan.id != read.id || to_hex(plan.commitment_1) != summary.commitment_1) damaged("the commitment does not fit");
    plan.hash = digest(nullptr, "plan-file", {bytes_of(whole)});
    return plan;
  } catch (const json::exception&) {
    damaged("a field is missing or of the wrong type");
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
