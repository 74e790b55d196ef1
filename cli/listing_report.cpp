#include "cli/listing_report.h"

#include <array>
#include <cstdio>
#include <map>
#include <set>

#include "cli/clinical_json.h"
#include "core/error.h"

namespace wardmark {
namespace {

using nlohmann::json;

/// The module has names too, but it is loaded, not linked.
std::string fate_word(Fate fate) {
  return fate == Fate::protect ? "protected" : fate == Fate::carry ? "carried" : "refused";
}

std::string figure(const char* format, double value) {
  char text[64];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

/// What all members agree on, or null.
template <class Get>
json agreed(const std::vector<const InstanceFacts*>& members, Get get) {
  json first;
  for (const InstanceFacts* member : members) {
    const json value = get(*member);
    if (value.is_null()) continue;
    if (first.is_null()) first = value;
    if (first != value) return "several";
  }
  return first;
}

json pixels_json(const std::vector<const InstanceFacts*>& members) {
  json range, window;
  std::uint64_t frames = 0;
  for (const InstanceFacts* member : members) {
    if (!member->pixels) continue;
    const InstanceFacts::Pixels& p = *member->pixels;
    frames += static_cast<std::uint64_t>(p.frames);
    if (range.is_null()) range = {p.low, p.high};
    range = {std::min(range[0].get<double>(), p.low), std::max(range[1].get<double>(), p.high)};
  }
  if (range.is_null()) return {};
  const auto of_pixels = [](auto get) {
    return [get](const InstanceFacts& facts) { return facts.pixels ? json(get(*facts.pixels)) : json(); };
  };
  window = agreed(members, of_pixels([](const auto& p) {
                    return p.window ? json{p.window_low, p.window_high} : json("percentiles");
                  }));
  return {{"size", agreed(members, of_pixels([](const auto& p) {
                            return json{p.columns, p.rows};
                          }))},
          {"frames", frames},
          {"bits", agreed(members, of_pixels([](const auto& p) { return p.bits; }))},
          {"samples", agreed(members, of_pixels([](const auto& p) { return p.samples; }))},
          {"unit", agreed(members, of_pixels([](const auto& p) { return p.unit; }))},
          {"range", range},
          {"window", window}};
}

json series_json(const StudyListing& listing, const std::vector<std::size_t>& places, const Console& console) {
  std::vector<const InstanceFacts*> members;
  std::vector<const Clinical*> figures;
  json instances = json::array();
  std::map<std::string, std::uint64_t> fates;
  for (const std::size_t i : places) {
    const ListedInstance& instance = listing.instances[i];
    members.push_back(&instance.facts);
    ++fates[fate_word(instance.facts.fate)];
    if (!instance.clinical) continue;
    figures.push_back(&*instance.clinical);
    instances.push_back({{"item", console.item_text(listing.reader->survey().items[instance.place].id)},
                         {"clinical", clinical_json(*instance.clinical)}});
  }
  json row{{"study", members.front()->study},
           {"series", members.front()->series},
           {"instances", places.size()},
           {"fates", fates},
           {"modality", agreed(members, [](const auto& f) { return json(f.modality); })},
           {"class", agreed(members, [](const auto& f) { return json(f.kind); })},
           {"syntax", agreed(members, [](const auto& f) { return json(f.syntax); })},
           {"pixels", pixels_json(members)}};
  if (!figures.empty()) {
    row["clinical"] = summary_json(summarise(figures));
    row["compared"] = instances;
  }
  return row;
}

std::string word(const json& value) {
  if (value.is_null()) return "-";
  if (!value.is_string()) return value.dump();
  const auto text = value.get<std::string>();
  return text.empty() ? "-" : printable(text);
}

std::string span(const json& pair, const char* between) {
  if (!pair.is_array()) return word(pair);
  return figure("%.6g", pair[0].get<double>()) + between + figure("%.6g", pair[1].get<double>());
}

using Cells = std::array<std::string, 8>;

Cells cells_of(std::size_t number, const json& row) {
  const json& p = row["pixels"];
  Cells cells{
      std::to_string(number), row["instances"].dump(), word(row["modality"]), "-", "-", word(row["syntax"]), "-", "-"};
  if (!p.is_object()) {
    cells[6] = word(row["class"]);
    return cells;
  }
  cells[3] = span(p["size"], " x ");
  if (p["frames"].get<std::uint64_t>() != row["instances"].get<std::uint64_t>()) {
    cells[3] += ", " + counted(p["frames"].get<std::uint64_t>(), "frame");
  }
  cells[4] = word(p["bits"]);
  const std::string unit = p["unit"].is_string() ? p["unit"].get<std::string>() : std::string();
  cells[6] = span(p["range"], " to ") + (unit.empty() || unit == "several" ? "" : " " + printable(unit));
  cells[7] = span(p["window"], " to ");
  return cells;
}

/// Rows under one another, every column as wide as its longest cell.
std::string table(const std::vector<std::pair<Cells, std::string>>& rows) {
  std::array<std::size_t, 8> widths{};
  for (const auto& [cells, below] : rows) {
    for (std::size_t c = 0; c < cells.size(); ++c) widths[c] = std::max(widths[c], cells[c].size());
  }
  std::string text;
  for (const auto& [cells, below] : rows) {
    std::string line;
    for (std::size_t c = 0; c < cells.size(); ++c) {
      line += (c == 0 ? "" : "  ") + cells[c] + std::string(widths[c] - cells[c].size(), ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n" + below;
  }
  return text;
}

std::string counted_studies(std::uint64_t n) { return std::to_string(n) + (n == 1 ? " study" : " studies"); }

std::string decibel_text(const json& window) {
  return (window["psnr"].is_null() ? std::string("unchanged") : figure("%.1f dB", window["psnr"].get<double>())) +
         ", SSIM " + figure("%.4f", window["ssim"].get<double>());
}

std::string pair_text(const json& pair, const std::string& unit) {
  return figure("%.4g", pair[0].get<double>()) + (unit.empty() ? "" : " = ") +
         (unit.empty() ? "" : figure("%.4g ", pair[1].get<double>()) + unit);
}

std::string figures_line(const char* which, const json& c) {
  const std::string unit = printable(c["unit"].get<std::string>());
  std::string text = std::string("   ") + which + "max " + pair_text(c["max"], unit) + ", RMS " +
                     pair_text(c["rms"], unit) + "; full range " + decibel_text(c["full"]);
  if (!c["windows"].empty()) text += "; window " + decibel_text(c["windows"][0]);
  text += "; mean " + figure("%+.3g", c["mean_shift"].get<double>()) + (unit.empty() ? "" : " " + unit);
  if (!c["noise_ratio"].is_null()) text += "; noise x " + figure("%.3f", c["noise_ratio"].get<double>());
  return text + "\n";
}

}  // namespace

json listing_json(const std::string& path, const StudyListing& listing, const Console& console) {
  const auto& items = listing.reader->survey().items;
  std::uint64_t bytes = 0;
  for (const Item& item : items) bytes += item.bytes;
  std::set<std::string> studies;
  json refused = json::array();
  for (const ListedInstance& instance : listing.instances) {
    if (!instance.facts.study.empty()) studies.insert(instance.facts.study);
    if (instance.facts.fate != Fate::refuse) continue;
    refused.push_back({{"item", console.item_text(items[instance.place].id)}, {"code", name(instance.facts.code)}});
  }
  json series = json::array();
  for (const auto& places : series_of(listing.instances)) series.push_back(series_json(listing, places, console));
  json out{{"schema", "wardmark.inspect-study/1"},
           {"path", path},
           {"objects", items.size()},
           {"studies", studies.size()},
           {"bytes", bytes},
           {"series", series},
           {"refused_objects", refused}};
  if (listing.release) out["unpaired"] = listing.unpaired;
  return out;
}

std::string listing_text(const json& listing) {
  std::string text = printable(listing["path"].get<std::string>()) + ": DICOM, " +
                     counted(listing["objects"].get<std::uint64_t>(), "object") + ", " +
                     counted_studies(listing["studies"].get<std::uint64_t>()) + ", " +
                     human_bytes(listing["bytes"].get<std::uint64_t>()) + "\n";
  std::vector<std::pair<Cells, std::string>> rows;
  rows.push_back({{"series", "objects", "modality", "size", "bits", "syntax", "values", "window"}, ""});
  for (const json& row : listing["series"]) {
    rows.push_back({cells_of(rows.size(), row), row.contains("clinical") ? figures_text(row["clinical"]) : ""});
  }
  text += table(rows);
  std::map<std::string, std::uint64_t> codes;
  for (const json& refused : listing["refused_objects"]) ++codes[refused["code"].get<std::string>()];
  for (const auto& [code, count] : codes) {
    text += "refused: " + counted(count, "object") + ", " + std::string(find_code(code)->meaning) + " [" + code + "]\n";
  }
  if (const auto unpaired = listing.value("unpaired", std::uint64_t{0}); unpaired > 0) {
    text += "without a counterpart: " + counted(unpaired, "image") + "\n";
  }
  return text;
}

json recorded_figures(const std::vector<ManifestItem>& items) {
  std::vector<std::pair<std::string, std::vector<const Clinical*>>> series;
  std::map<std::string, std::size_t> places;
  for (const ManifestItem& item : items) {
    if (!item.clinical) continue;
    const auto [at, fresh] = places.try_emplace(item.clinical->series, series.size());
    if (fresh) series.emplace_back(item.clinical->series, std::vector<const Clinical*>());
    series[at->second].second.push_back(&*item.clinical);
  }
  json rows = json::array();
  for (const auto& [uid, pictures] : series) {
    rows.push_back({{"series", uid}, {"clinical", summary_json(summarise(pictures))}});
  }
  return rows;
}

std::string figures_text(const json& clinical) {
  return figures_line("worst:  ", clinical["worst"]) + figures_line("median: ", clinical["median"]);
}

}  // namespace wardmark
