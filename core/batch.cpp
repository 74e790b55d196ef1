#include "core/batch.h"

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/plan_lines.h"
#include "core/seal.h"
#include "core/version.h"

namespace wardmark {
namespace {

using nlohmann::json;
constexpr std::string_view kSchema = "wardmark.batch/1";

/// What commitment 1 of a batch covers and its header seals.
std::string private_header(const Batch& batch) {
  json classes = json::array();
  for (std::size_t c = 0; c < batch.plan.classes.size(); ++c) {
    classes.push_back({batch.plan.classes[c].name, batch.plan.classes[c].items, batch.slots.at(c)});
  }
  return json{{"classes", classes}, {"items", batch.plan.items.size()}}.dump();
}

}  // namespace

Batch blank_batch(const Plan& parent) {
  Batch batch;
  Plan& plan = batch.plan;
  plan = parent;
  plan.classes.clear();
  plan.items.clear();
  plan.companions.clear();
  plan.commitment_1 = plan.hash = plan.item_root = {};
  return batch;
}

void complete_batch(Batch& batch, const Plan& parent, const OwnerKey& key) {
  const NameKeys names(key.name_key(parent.release_name));
  const ReleaseKeys keys(names.name_key, parent.id);
  batch.plan.item_root = item_root(batch.plan.items, names);
  batch.plan.commitment_1 =
      digest(nullptr, "commitment-batch",
             {keys.salt.bytes(), parent.commitment_1, bytes_of(private_header(batch)), batch.plan.item_root});
}

std::string format_batch(Batch& batch, const Plan& parent, const OwnerKey& key) {
  const NameKeys names(key.name_key(parent.release_name));
  const ReleaseKeys keys(names.name_key, parent.id);
  const Plan& plan = batch.plan;
  const json header{{"schema", kSchema},
                    {"generator", std::string("wardmark ") + std::string(kVersion)},
                    {"release", to_hex(ByteView(parent.id))},
                    {"batch", batch.number},
                    {"parent", to_hex(parent.commitment_1)},
                    {"commitment_1", to_hex(plan.commitment_1)},
                    {"item_root", to_hex(plan.item_root)},
                    {"items", plan.items.size()},
                    {"companions", plan.companions.size()},
                    {"private", seal(keys.seal, "batch-header", private_header(batch))}};
  const std::string text = plan_file(header.dump(), plan, names, keys, "batch");
  batch.plan.hash = digest(nullptr, "plan-file", {bytes_of(text)});
  return text;
}

BatchSummary summarise_batch(std::string_view text) {
  const json header = parse_plan_line(first_plan_line(text));
  try {
    const auto schema = header.at("schema").get<std::string>();
    if (schema != kSchema) {
      throw Error(Code::plan_format, "batch of schema '" + schema + "', this program knows " + std::string(kSchema),
                  "use a newer wardmark");
    }
    return {header.at("batch").get<std::uint32_t>(), header.at("items").get<std::uint64_t>(),
            header.at("commitment_1").get<std::string>()};
  } catch (const json::exception&) {
    plan_damaged("the header of a batch is incomplete");
  }
}

Batch parse_batch(std::string_view text, const Plan& parent, const OwnerKey& key) {
  const BatchSummary summary = summarise_batch(text);
  const ReleaseKeys keys(key.name_key(parent.release_name), parent.id);
  try {
    Batch batch = blank_batch(parent);
    batch.number = summary.number;
    const json header = parse_plan_line(first_plan_line(text));
    if (header.at("parent").get<std::string>() != to_hex(parent.commitment_1)) {
      plan_damaged("a batch of another release");
    }
    const auto opened = unseal(keys.seal, "batch-header", header.at("private").get<std::string>());
    if (!opened) throw Error(Code::key_wrong, "the key does not open this batch", "use the key it was made with");
    const json inner = json::parse(*opened);
    for (const json& c : inner.at("classes")) {
      batch.plan.classes.push_back({c.at(0).get<std::string>(), c.at(1).get<std::uint64_t>()});
      batch.slots.push_back(c.at(2).get<std::uint32_t>());
    }
    read_plan_file(text, batch.plan, keys, "batch");
    complete_batch(batch, parent, key);
    if (to_hex(batch.plan.commitment_1) != summary.commitment_1) {
      plan_damaged("the commitment of a batch does not fit");
    }
    batch.plan.hash = digest(nullptr, "plan-file", {bytes_of(text)});
    return batch;
  } catch (const json::exception&) {
    plan_damaged("a field of a batch is missing or of the wrong type");
  }
}

Draw draw_of(const Batch& batch, const Draw& parent) {
  Draw draw = parent;
  draw.slots = batch.slots;
  return draw;
}

}  // namespace wardmark
