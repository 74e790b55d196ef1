#include "core/plan_lines.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/merkle.h"
#include "core/seal.h"

namespace wardmark {
namespace {

using nlohmann::json;

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

PlanItem read_item(std::string_view text, std::size_t classes) {
  const json row = json::parse(text);
  PlanItem item;
  item.id = row.at(0).get<std::string>();
  const auto c = row.at(1).get<std::int64_t>();
  if (c >= static_cast<std::int64_t>(classes)) plan_damaged("an item of an unknown class");
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
  if (code == nullptr) plan_damaged("an unknown code");
  return {row.at(0).get<std::string>(), code->code};
}

/// Takes the first line off `text`.
std::string_view next_line(std::string_view& text) {
  const std::string_view line = first_plan_line(text);
  text.remove_prefix(std::min(text.size(), line.size() + 1));
  return line;
}

std::string opened(const ReleaseKeys& keys, std::string_view purpose, const json& sealed) {
  const auto text = unseal(keys.seal, purpose, sealed.get<std::string>());
  if (!text) throw Error(Code::key_wrong, "the key does not open this plan", "use the key it was made with");
  return *text;
}

}  // namespace

void plan_damaged(const std::string& what) {
  throw Error(Code::plan_format, "plan: " + what,
              "make it again with: wardmark plan; a plan inside a record: restore it from a copy");
}

std::string_view first_plan_line(std::string_view text) { return text.substr(0, text.find('\n')); }

json parse_plan_line(std::string_view line) {
  json value = json::parse(line, nullptr, false);
  if (!value.is_object()) plan_damaged("a line is not a JSON object");
  return value;
}

Digest plan_leaf(const PlanItem& item, const NameKeys& names) {
  if (item.withdrawn) return *item.withdrawn;
  const Subkey salt = names.leaf.derive("leaf", {item.id});
  return digest(nullptr, "plan-leaf", {salt.bytes(), bytes_of(item_text(item))});
}

Digest item_root(const std::vector<PlanItem>& items, const NameKeys& names) {
  std::vector<Digest> leaves;
  leaves.reserve(items.size());
  for (const PlanItem& item : items) leaves.push_back(plan_leaf(item, names));
  return merkle_root(leaves);
}

std::string plan_file(const std::string& header, const Plan& plan, const NameKeys& names, const ReleaseKeys& keys,
                      std::string_view purpose) {
  std::string text = header + "\n";
  constexpr std::size_t kUsualLine = 288;
  text.reserve(text.size() + kUsualLine * (plan.items.size() + plan.companions.size() + 1));
  for (const PlanItem& item : plan.items) {
    if (item.withdrawn)
      text += R"({"leaf":")" + to_hex(plan_leaf(item, names)) + "\"}\n";
    else
      text += R"({"i":")" + seal(keys.seal, "plan-item", item_text(item)) + "\"}\n";
  }
  for (const Companion& c : plan.companions) {
    const std::string row = json{c.path, name(c.code)}.dump();
    text += R"({"c":")" + seal(keys.seal, "plan-companion", row) + "\"}\n";
  }
  return text + R"({"mac":")" + to_hex(digest(&keys.mac, purpose, {bytes_of(text)})) + "\"}\n";
}

void read_plan_file(std::string_view text, Plan& plan, const ReleaseKeys& keys, std::string_view purpose) {
  const std::string_view whole = text;
  next_line(text);
  std::string mac;
  while (!text.empty() && mac.empty()) {
    const auto covered = static_cast<std::size_t>(text.data() - whole.data());
    const json line = parse_plan_line(next_line(text));
    if (line.contains("i")) plan.items.push_back(read_item(opened(keys, "plan-item", line["i"]), plan.classes.size()));
    if (line.contains("leaf")) {
      PlanItem item;
      item.withdrawn = digest_from_hex(line["leaf"].get<std::string>());
      plan.items.push_back(item);
    }
    if (line.contains("c")) plan.companions.push_back(read_companion(opened(keys, "plan-companion", line["c"])));
    if (line.contains("mac")) {
      mac = line["mac"].get<std::string>();
      if (mac != to_hex(digest(&keys.mac, purpose, {bytes_of(whole.substr(0, covered))}))) plan_damaged("altered");
    }
  }
  if (mac.empty() || !text.empty()) plan_damaged("cut short or longer than its seal");
}

}  // namespace wardmark
