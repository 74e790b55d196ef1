#include "core/manifest.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/lane_digest.h"
#include "core/merkle.h"
#include "core/seal.h"

namespace wardmark {
namespace {

using nlohmann::json;
constexpr std::string_view kSchema = "wardmark.manifest/1";

[[noreturn]] void damaged(const std::string& what) {
  throw Error(Code::record_format, "manifest: " + what, "restore the record from a copy");
}

json parse_object(std::string_view line) {
  json value = json::parse(line, nullptr, false);
  if (!value.is_object()) damaged("a line is not a JSON object");
  return value;
}

ItemState state_of(const std::string& text) {
  for (const ItemState state : {ItemState::protected_, ItemState::left, ItemState::refused, ItemState::withdrawn}) {
    if (name(state) == text) return state;
  }
  damaged("unknown item state '" + text + "'");
}

std::string digest_text(const Digest& d) { return d == Digest{} ? std::string() : to_hex(d); }
Digest digest_of(const json& text) {
  const auto hex = text.get<std::string>();
  return hex.empty() ? Digest{} : digest_from_hex(hex);
}

ManifestHeader read_header(std::string_view line) {
  const json row = parse_object(line);
  const auto schema = row.value("schema", std::string());
  if (schema != kSchema) {
    throw Error(Code::record_format, "manifest of schema '" + schema + "', this program knows " + std::string(kSchema),
                "use a newer wardmark");
  }
  ManifestHeader header;
  const Bytes id = from_hex(row.at("release").get<std::string>());
  if (id.size() != header.release.size()) damaged("the release id has the wrong length");
  std::ranges::copy(id, header.release.begin());
  header.name_token = row.at("name_token").get<std::string>();
  header.plan_hash = digest_of(row.at("plan"));
  header.commitment_1 = digest_of(row.at("commitment_1"));
  header.draw = row.at("draw").get<std::string>();
  header.beacon = row.value("beacon", std::string());
  if (row.contains("shards")) {
    header.shards = row["shards"].get<std::vector<std::uint32_t>>();
    header.shard_count = row.at("of").get<std::uint32_t>();
    if (header.shards.empty() || header.shard_count == 0) damaged("an empty list of shards");
  }
  header.batch = row.value("batch", std::uint32_t{0});
  if (row.contains("parent")) header.parent = digest_of(row["parent"]);
  return header;
}

ManifestFooter read_footer(const json& row) {
  ManifestFooter footer;
  footer.items = row.at("items").get<std::uint64_t>();
  footer.protected_ = row.at("protected").get<std::uint64_t>();
  footer.left = row.at("left").get<std::uint64_t>();
  footer.refused = row.at("refused").get<std::uint64_t>();
  footer.root = digest_of(row.at("root"));
  footer.commitment_2 = digest_of(row.at("commitment_2"));
  if (row.contains("container")) footer.container = digest_of(row["container"]);
  footer.withdrawn = row.value("withdrawn", std::uint64_t{0});
  footer.mac = row.at("mac").get<std::string>();
  return footer;
}

json footer_json(const ManifestFooter& footer) {
  json row{{"items", footer.items},       {"protected", footer.protected_},
           {"left", footer.left},         {"refused", footer.refused},
           {"root", to_hex(footer.root)}, {"commitment_2", to_hex(footer.commitment_2)}};
  if (footer.container) row["container"] = to_hex(*footer.container);
  if (footer.withdrawn > 0) row["withdrawn"] = footer.withdrawn;
  return row;
}

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

/// No sealed line has a quotation mark before "leaf".
bool is_withdrawn(std::string_view line) { return line.find(R"("leaf":)") != std::string_view::npos; }

std::string footer_mac(std::string_view header, const json& footer, const ReleaseKeys& keys) {
  return to_hex(digest(&keys.mac, "manifest", {bytes_of(header), bytes_of(footer.dump())}));
}

Digest commitment_2(const Digest& commitment_1, const Digest& root) {
  return digest(nullptr, "commitment-2", {commitment_1, root});
}

std::vector<Digest> leaves_of(const std::vector<std::string>& lines) {
  std::vector<Digest> leaves;
  leaves.reserve(lines.size());
  for (const std::string& line : lines) leaves.push_back(line_leaf(line));
  return leaves;
}

}  // namespace

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

std::string header_line(const ManifestHeader& header) {
  json row{{"schema", kSchema},
           {"release", to_hex(ByteView(header.release))},
           {"name_token", header.name_token},
           {"plan", to_hex(header.plan_hash)},
           {"commitment_1", to_hex(header.commitment_1)},
           {"draw", header.draw}};
  if (!header.beacon.empty()) row["beacon"] = header.beacon;
  if (!header.shards.empty()) {
    row["shards"] = header.shards;
    row["of"] = header.shard_count;
  }
  if (header.batch != 0) row["batch"] = header.batch;
  if (header.parent) row["parent"] = to_hex(*header.parent);
  return row.dump();
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
           {"file", digest_text(item.output)},
           {"content", digest_text(item.output_content)},
           {"bytes", item.bytes},
           {"change", {m.max_abs, m.sum_sq, m.samples, m.full_range, m.ssim, m.ciede2000, m.survival}},
           {"notes", notes}};
  if (!insertions.empty()) row["sentences"] = insertions;
  if (item.clinical) row["clinical"] = clinical_json(*item.clinical);
  const std::string sealed = seal(keys.seal, "manifest-item", row.dump(-1, ' ', false, json::error_handler_t::replace));
  return R"({"b":)" + std::to_string(item.batch) + R"(,"n":)" + std::to_string(item.n) + R"(,"s":")" + sealed + "\"}";
}

Digest line_leaf(std::string_view line) {
  if (is_withdrawn(line)) return digest_from_hex(parse_object(line).at("leaf").get<std::string>());
  return digest(nullptr, "manifest-leaf", {bytes_of(line)});
}

std::string footer_line(const std::string& header, ManifestFooter& footer, const std::vector<Digest>& leaves,
                        const Digest& commitment_1, const ReleaseKeys& keys) {
  footer.items = leaves.size();
  footer.root = merkle_root(leaves);
  footer.commitment_2 = commitment_2(commitment_1, footer.root);
  json row = footer_json(footer);
  footer.mac = footer_mac(header, row, keys);
  row["mac"] = footer.mac;
  return json{{"footer", row}}.dump();
}

std::uint64_t line_number(std::string_view line) {
  const json row = parse_object(line);
  if (!row.contains("n") || !row["n"].is_number_unsigned()) damaged("an item line without a number");
  return row["n"].get<std::uint64_t>();
}

Manifest parse_manifest(std::string_view text, bool torn_tail) {
  try {
    Manifest manifest;
    bool first = true;
    std::optional<std::uint64_t> last;
    std::size_t at = 0;
    while (at < text.size()) {
      const std::size_t end = text.find('\n', at);
      if (end == std::string_view::npos) {
        if (!torn_tail) damaged("cut short in its last line");
        break;
      }
      const std::string_view line = text.substr(at, end - at);
      at = end + 1;
      if (manifest.footer) damaged("lines after the footer");
      if (first) {
        manifest.header = read_header(line);
        first = false;
      } else if (line.starts_with(R"({"footer")")) {
        manifest.footer = read_footer(parse_object(line).at("footer"));
        continue;
      } else {
        const std::uint64_t n = line_number(line);
        if (last && n <= *last) damaged("lines out of order or twice");
        last = n;
        manifest.lines.emplace_back(line);
      }
      manifest.whole_bytes = at;
    }
    if (first) damaged("no header");
    return manifest;
  } catch (const json::exception&) {
    damaged("a field is missing or of the wrong type");
  }
}

ManifestItem open_item(std::string_view line, const ReleaseKeys& keys) {
  const json outer = parse_object(line);
  try {
    if (is_withdrawn(line)) {
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
    item.state = state_of(row.at("state").get<std::string>());
    item.id = row.at("id").get<std::string>();
    item.output_id = row.at("out").get<std::string>();
    const auto slot = row.at("slot").get<std::int64_t>();
    item.slot = slot < 0 ? kNoClass : static_cast<std::uint32_t>(slot);
    item.output = digest_of(row.at("file"));
    item.output_content = digest_of(row.at("content"));
    item.bytes = row.at("bytes").get<std::uint64_t>();
    const json& change = row.at("change");
    Measured& m = item.measured;
    m = {change.at(0).get<std::int64_t>(), change.at(1).get<std::uint64_t>(), change.at(2).get<std::uint64_t>(),
         change.at(3).get<std::int32_t>(), change.at(4).get<std::int32_t>(),  change.at(5).get<std::int32_t>(),
         change.at(6).get<std::int32_t>()};
    if (row.contains("clinical")) item.clinical = clinical_of(row["clinical"]);
    for (const json& note : row.at("notes")) {
      const CodeInfo* code = find_code(note.at(0).get<std::string>());
      if (code == nullptr) damaged("an unknown code");
      item.notes.push_back({code->code, note.size() > 1 ? note.at(1).get<std::string>() : std::string()});
    }
    for (const json& i : row.value("sentences", json::array())) {
      item.insertions.push_back({i.at(0).get<std::uint64_t>(), i.at(1).get<std::uint64_t>(),
                                 i.at(2).get<std::uint32_t>(), i.at(3).get<std::string>()});
    }
    return item;
  } catch (const json::exception&) {
    damaged("a field is missing or of the wrong type");
  }
}

namespace {

/// What became of the item before it was withdrawn, if it was.
ItemState released_as(std::string_view line, const ReleaseKeys& keys) {
  return is_withdrawn(line) ? state_of(parse_object(line).at("was").get<std::string>()) : open_item(line, keys).state;
}

std::string struck_line(std::string_view line, const Digest& leaf, const ReleaseKeys& keys) {
  const ManifestItem item = open_item(line, keys);
  return json{{"b", item.batch}, {"n", item.n}, {"leaf", to_hex(leaf)}, {"was", name(item.state)}}.dump();
}

}  // namespace

void check_seal(const Manifest& manifest, const ReleaseKeys& keys) {
  if (!manifest.footer) throw Error(Code::record_incomplete, "the manifest has no footer: the run was not finished");
  const ManifestFooter& footer = *manifest.footer;
  if (merkle_root(leaves_of(manifest.lines)) != footer.root || manifest.lines.size() != footer.items) {
    throw Error(Code::record_altered, "the manifest's root hash does not fit its lines");
  }
  if (static_cast<std::uint64_t>(std::ranges::count_if(manifest.lines, is_withdrawn)) != footer.withdrawn) {
    throw Error(Code::record_altered, "the manifest's seal knows of another number of withdrawn items");
  }
  if (commitment_2(manifest.header.commitment_1, footer.root) != footer.commitment_2) {
    throw Error(Code::record_altered, "the manifest's commitment 2 does not fit");
  }
  if (footer_mac(header_line(manifest.header), footer_json(footer), keys) != footer.mac) {
    throw Error(Code::record_altered, "the manifest's seal does not fit its header and counts");
  }
}

std::string redact_manifest(const Manifest& manifest, const std::set<std::uint64_t>& places, const Digest& plan_hash,
                            const ReleaseKeys& keys) {
  check_seal(manifest, keys);
  ManifestHeader header = manifest.header;
  header.plan_hash = plan_hash;
  ManifestFooter footer = *manifest.footer;
  footer.withdrawn = 0;
  std::vector<Digest> leaves;
  std::string text = header_line(header) + "\n";
  for (const std::string& line : manifest.lines) {
    leaves.push_back(line_leaf(line));
    const bool strike = !is_withdrawn(line) && places.contains(line_number(line));
    if (strike || is_withdrawn(line)) ++footer.withdrawn;
    text += (strike ? struck_line(line, leaves.back(), keys) : line) + "\n";
  }
  return text + footer_line(header_line(header), footer, leaves, header.commitment_1, keys) + "\n";
}

std::string merge_manifests(const std::vector<Manifest>& parts, const ReleaseKeys& keys) {
  if (parts.empty()) throw Error(Code::record_format, "no manifest to merge");
  ManifestHeader header = parts.front().header;
  std::vector<std::uint32_t> shards;
  std::map<std::uint64_t, std::string> lines;
  for (const Manifest& part : parts) {
    check_seal(part, keys);
    const ManifestHeader& h = part.header;
    const bool same = h.release == header.release && h.batch == header.batch && h.plan_hash == header.plan_hash &&
                      h.draw == header.draw && h.beacon == header.beacon &&
                      (h.shard_count == header.shard_count || h.shards.empty() || header.shards.empty());
    if (!same) throw Error(Code::merge_mixed, "manifests of different releases, plans, draws or shard counts");
    if (h.shard_count != 0) header.shard_count = h.shard_count;
    shards.insert(shards.end(), h.shards.begin(), h.shards.end());
    for (const std::string& line : part.lines) {
      const auto [at, fresh] = lines.emplace(line_number(line), line);
      if (!fresh && at->second != line) throw Error(Code::record_altered, "two parts say different things of one item");
    }
  }
  std::ranges::sort(shards);
  const auto twice = std::ranges::unique(shards);
  shards.erase(twice.begin(), twice.end());
  const bool complete = std::ranges::any_of(parts, [](const Manifest& part) { return part.header.shards.empty(); }) ||
                        shards.size() == header.shard_count;
  header.shards = complete ? std::vector<std::uint32_t>{} : shards;
  if (complete) header.shard_count = 0;

  ManifestFooter footer;
  std::vector<Digest> leaves;
  std::string text = header_line(header) + "\n";
  for (const auto& [n, line] : lines) {
    const ItemState state = released_as(line, keys);
    if (is_withdrawn(line)) ++footer.withdrawn;
    ++(state == ItemState::protected_ ? footer.protected_ : state == ItemState::left ? footer.left : footer.refused);
    leaves.push_back(line_leaf(line));
    text += line + "\n";
  }
  if (parts.size() == 1) footer.container = parts.front().footer->container;
  return text + footer_line(header_line(header), footer, leaves, header.commitment_1, keys) + "\n";
}

Digest content_digest(const ImageShape& shape, LaneHash& hash) {
  const std::string text = std::to_string(shape.width) + "x" + std::to_string(shape.height) + "x" +
                           std::to_string(shape.channels) + "x" + std::to_string(shape.bits) + (shape.alpha ? "a" : "");
  return lane_digest(nullptr, "content", text, hash);
}

Digest content_digest(const Image& image) {
  LaneHash hash;
  hash.add(image.raw());
  return content_digest(image.shape(), hash);
}

Digest output_digest(ByteView stored) { return lane_digest(nullptr, "output", {}, stored); }

}  // namespace wardmark
