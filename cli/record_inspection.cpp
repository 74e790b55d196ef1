#include "cli/record_inspection.h"

#include <map>

#include "cli/listing_report.h"
#include "cli/open_record.h"
#include "core/statistics.h"

namespace wardmark {
namespace {

using nlohmann::json;

json plan_summary(std::string_view text) {
  const PlanSummary summary = summarise_plan(text);
  json out{{"release", summary.release}, {"items", summary.items}, {"commitment_1", summary.commitment_1}};
  if (summary.beacon) out["beacon"] = {{"network", summary.beacon->network}, {"round", summary.beacon->round}};
  return out;
}

/// With the key: what the plan says beside its items.
void add_plan_detail(json& out, const Plan& plan) {
  json classes = json::array();
  for (const PlanClass& c : plan.classes) classes.push_back({{"name", c.name}, {"items", c.items}});
  json parameters = json::object();
  for (const auto& [name, value] : plan.parameters) parameters[name] = value;
  for (const auto& [name, value] : plan.output) parameters[name] = value;
  out["name"] = plan.release_name;
  out["method"] = plan.method;
  out["parameters"] = parameters;
  out["classes"] = classes;
  out["pool"] = plan.test.pool;
  out["smallest_p"] = smallest_p(plan.test.pool, plan.classes.size());
}

}  // namespace

json inspect_plan(const KeyOptions& key, std::string_view text, Console& console) {
  json out = plan_summary(text);
  out["schema"] = "wardmark.inspect-plan/1";
  if (has_key(key)) add_plan_detail(out, parse_plan(text, load_key(key, console)));
  return out;
}

json inspect_record(const RecordFolder& record, const KeyOptions& key_options, Console& console) {
  const std::string text = record.read_plan();
  json out = plan_summary(text);
  out["schema"] = "wardmark.inspect-record/1";
  const auto manifest_text = record.read_manifest({});
  out["complete"] = false;
  out["batches"] = record.batches().size();
  out["shard_manifests"] = record.parts().size();
  if (manifest_text) {
    const Manifest manifest = parse_manifest(*manifest_text, true);
    out["draw"] = manifest.header.draw;
    out["lines"] = manifest.lines.size();
    out["complete"] = manifest.footer.has_value();
    if (manifest.footer) {
      out["protected"] = manifest.footer->protected_;
      out["left"] = manifest.footer->left;
      out["refused"] = manifest.footer->refused;
      out["commitment_2"] = to_hex(manifest.footer->commitment_2);
    }
  }
  if (!has_key(key_options)) return out;
  const OwnerKey key = load_key(key_options, console);
  const Plan plan = parse_plan(text, key);
  add_plan_detail(out, plan);
  const ReleaseKeys keys = release_keys(plan, key);
  std::map<std::string, std::uint64_t> codes;
  std::vector<ManifestItem> items;
  if (manifest_text) {
    for (const std::string& line : parse_manifest(*manifest_text, true).lines) {
      items.push_back(open_item(line, keys));
      for (const Note& note : items.back().notes) ++codes[std::string(name(note.code))];
    }
  }
  out["codes"] = codes;
  if (const json figures = recorded_figures(items); !figures.empty()) out["series"] = figures;
  return out;
}

std::string inspection_text(const json& object) {
  std::string text;
  for (const auto& [field, value] : object.items()) {
    if (field == "schema") continue;
    if (field == "series") {
      for (const json& row : value) {
        text += "series of " + counted(row["clinical"]["pictures"].get<std::uint64_t>(), "picture") + ":\n" +
                figures_text(row["clinical"]);
      }
      continue;
    }
    if (field == "classes") {
      for (const json& c : value) {
        text += "class " + printable(c["name"].get<std::string>()) + ": " +
                counted(c["items"].get<std::uint64_t>(), "item") + "\n";
      }
      continue;
    }
    text += field + ": " +
            printable(value.is_string() ? value.get<std::string>()
                                        : value.dump(-1, ' ', false, json::error_handler_t::replace)) +
            "\n";
  }
  return text;
}

}  // namespace wardmark
