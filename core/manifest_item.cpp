#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/manifest_lines.h"
#include "core/seal.h"

namespace wardmark {
namespace {

using nlohmann::json;

/// Of PSNR, which is infinite where nothing changed.
json finite(double value) { return std::isfinite(value) ? json(value) : json(); }
double psnr_of(const json& value) {
  return value.is_null() ? std::numeric_limits<double>::infinity() : value.get<double>();
}

json window_json(const WindowFigures& w) { return {w.low, w.high, finite(w.psnr), w.ssim}; }
WindowFigures window_of(const json& w) {
  return {w.at(0).get<double>(), w.at(1).get<double>(), psnr_of(w.at(2)), w.at(3).get<std::int32_t>()};
}

json clinical_json(const Clinical& c) {
  json windows = json::array();
  for (const WindowFigures& w : c.windows) windows.push_back(window_json(w));
  return {{"series", c.series},
          {"unit", c.unit},
          {"steps", {c.max_steps, c.rms_steps}},
          {"physical", {c.max_physical, c.rms_physical, c.mean_shift}},
          {"full", window_json(c.full)},
          {"windows", windows},
          {"noise", c.noise_ratio ? json(*c.noise_ratio) : json()}};
}

Clinical clinical_of(const json& row) {
  Clinical c;
  c.series = row.at("series").get<std::string>();
  c.unit = row.at("unit").get<std::string>();
  c.max_steps = row.at("steps").at(0).get<std::int64_t>();
  c.rms_steps = row.at("steps").at(1).get<double>();
  c.max_physical = row.at("physical").at(0).get<double>();
  c.rms_physical = row.at("physical").at(1).get<double>();
  c.mean_shift = row.at("physical").at(2).get<double>();
  c.full = window_of(row.at("full"));
  for (const json& w : row.at("windows")) c.windows.push_back(window_of(w));
  if (!row.at("noise").is_null()) c.noise_ratio = row.at("noise").get<double>();
  return c;
}

}  // namespace

ItemState item_state_of(const std::string& text) {
  for (const ItemState state : {ItemState::protected_, ItemState::left, ItemState::refused, ItemState::withdrawn}) {
    if (name(state) == text) return state;
  }
  manifest_damaged("unknown item state '" + text + "'");
}

std::string_view name(ItemState state) {
  switch (state) {
    case ItemState::protected_:
      return "protected";
    case ItemState::left:
      return "left";
    case ItemState::refused:
      return "refused";
    case ItemState::withdrawn:
      return "withdrawn";
  }
  broken_promise("item state");
}

double Measured::psnr() const {
  if (sum_sq == 0 || samples == 0) return std::numeric_limits<double>::infinity();
  const double mse = static_cast<double>(sum_sq) / static_cast<double>(samples);
  return 10.0 * std::log10(static_cast<double>(full_range) * full_range / mse);
}

std::string item_line(const ManifestItem& item, const ReleaseKeys& keys) {
  json notes = json::array();
  for (const Note& note : item.notes) {
    notes.push_back(note.detail.empty() ? json{name(note.code)} : json{name(note.code), note.detail});
  }
  json insertions = json::array();
  for (const Insertion& i : item.insertions) insertions.push_back({i.at, i.length, i.sentence, i.document});
  const Measured& m = item.measured;
  json row{{"state", name(item.state)},
           {"id", item.id},
           {"out", item.output_id},
           {"slot", item.slot == kNoClass ? -1 : static_cast<std::int64_t>(item.slot)},
           {"file", manifest_digest(item.output)},
           {"content", manifest_digest(item.output_content)},
           {"bytes", item.bytes},
           {"change", {m.max_abs, m.sum_sq, m.samples, m.full_range, m.ssim, m.ciede2000, m.survival}},
           {"notes", notes}};
  if (!insertions.empty()) row["sentences"] = insertions;
  if (item.clinical) row["clinical"] = clinical_json(*item.clinical);
  const std::string sealed = seal(keys.seal, "manifest-item", row.dump(-1, ' ', false, json::error_handler_t::replace));
  return R"({"b":)" + std::to_string(item.batch) + R"(,"n":)" + std::to_string(item.n) + R"(,"s":")" + sealed + "\"}";
}

ManifestItem open_item(std::string_view line, const ReleaseKeys& keys) {
  const json outer = parse_manifest_object(line);
  try {
    if (is_withdrawn_line(line)) {
      ManifestItem item;
      item.n = outer.at("n").get<std::uint64_t>();
      item.batch = outer.at("b").get<std::uint32_t>();
      item.state = ItemState::withdrawn;
      return item;
    }
    const auto text = unseal(keys.seal, "manifest-item", outer.at("s").get<std::string>());
    if (!text) throw Error(Code::record_altered, "a manifest line does not open: altered, or of another release");
    const json row = json::parse(*text);
    ManifestItem item;
    item.n = outer.at("n").get<std::uint64_t>();
    item.batch = outer.at("b").get<std::uint32_t>();
    item.state = item_state_of(row.at("state").get<std::string>());
    item.id = row.at("id").get<std::string>();
    item.output_id = row.at("out").get<std::string>();
    const auto slot = row.at("slot").get<std::int64_t>();
    item.slot = slot < 0 ? kNoClass : static_cast<std::uint32_t>(slot);
    item.output = manifest_digest_of(row.at("file"));
    item.output_content = manifest_digest_of(row.at("content"));
    item.bytes = row.at("bytes").get<std::uint64_t>();
    const json& change = row.at("change");
    Measured& m = item.measured;
    m = {change.at(0).get<std::int64_t>(), change.at(1).get<std::uint64_t>(), change.at(2).get<std::uint64_t>(),
         change.at(3).get<std::int32_t>(), change.at(4).get<std::int32_t>(),  change.at(5).get<std::int32_t>(),
         change.at(6).get<std::int32_t>()};
    if (row.contains("clinical")) item.clinical = clinical_of(row["clinical"]);
    for (const json& note : row.at("notes")) {
      const CodeInfo* code = find_code(note.at(0).get<std::string>());
      if (code == nullptr) manifest_damaged("an unknown code");
      item.notes.push_back({code->code, note.size() > 1 ? note.at(1).get<std::string>() : std::string()});
    }
    for (const json& i : row.value("sentences", json::array())) {
      item.insertions.push_back({i.at(0).get<std::uint64_t>(), i.at(1).get<std::uint64_t>(),
                                 i.at(2).get<std::uint32_t>(), i.at(3).get<std::string>()});
    }
    return item;
  } catch (const json::exception&) {
    manifest_damaged("a field is missing or of the wrong type");
  }
}

ItemState released_as(std::string_view line, const ReleaseKeys& keys) {
  if (!is_withdrawn_line(line)) return open_item(line, keys).state;
  return item_state_of(parse_manifest_object(line).at("was").get<std::string>());
}

}  // namespace wardmark
