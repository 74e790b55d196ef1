#include "core/manifest_lines.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/error.h"

namespace wardmark {
namespace {

using nlohmann::json;
constexpr std::string_view kSchema = "wardmark.manifest/1";

ManifestHeader read_header(std::string_view line) {
  const json row = parse_manifest_object(line);
  const auto schema = row.value("schema", std::string());
  if (schema != kSchema) {
    throw Error(Code::record_format, "manifest of schema '" + schema + "', this program knows " + std::string(kSchema),
                "use a newer wardmark");
  }
  ManifestHeader header;
  const Bytes id = from_hex(row.at("release").get<std::string>());
  if (id.size() != header.release.size()) manifest_damaged("the release id has the wrong length");
  std::ranges::copy(id, header.release.begin());
  header.name_token = row.at("name_token").get<std::string>();
  header.plan_hash = manifest_digest_of(row.at("plan"));
  header.commitment_1 = manifest_digest_of(row.at("commitment_1"));
  header.draw = row.at("draw").get<std::string>();
  header.beacon = row.value("beacon", std::string());
  if (row.contains("shards")) {
    header.shards = row["shards"].get<std::vector<std::uint32_t>>();
    header.shard_count = row.at("of").get<std::uint32_t>();
    if (header.shards.empty() || header.shard_count == 0) manifest_damaged("an empty list of shards");
  }
  header.batch = row.value("batch", std::uint32_t{0});
  if (row.contains("parent")) header.parent = manifest_digest_of(row["parent"]);
  return header;
}

ManifestFooter read_footer(const json& row) {
  ManifestFooter footer;
  footer.items = row.at("items").get<std::uint64_t>();
  footer.protected_ = row.at("protected").get<std::uint64_t>();
  footer.left = row.at("left").get<std::uint64_t>();
  footer.refused = row.at("refused").get<std::uint64_t>();
  footer.root = manifest_digest_of(row.at("root"));
  footer.commitment_2 = manifest_digest_of(row.at("commitment_2"));
  if (row.contains("container")) footer.container = manifest_digest_of(row["container"]);
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

std::string footer_mac(std::string_view header, const json& footer, const ReleaseKeys& keys) {
  return to_hex(digest(&keys.mac, "manifest", {bytes_of(header), bytes_of(footer.dump())}));
}

Digest commitment_2(const Digest& commitment_1, const Digest& root) {
  return digest(nullptr, "commitment-2", {commitment_1, root});
}

}  // namespace

void manifest_damaged(const std::string& what) {
  throw Error(Code::record_format, "manifest: " + what, "restore the record from a copy");
}

json parse_manifest_object(std::string_view line) {
  json value = json::parse(line, nullptr, false);
  if (!value.is_object()) manifest_damaged("a line is not a JSON object");
  return value;
}

std::string manifest_digest(const Digest& d) { return d == Digest{} ? std::string() : to_hex(d); }
Digest manifest_digest_of(const json& text) {
  const auto hex = text.get<std::string>();
  return hex.empty() ? Digest{} : digest_from_hex(hex);
}

bool is_withdrawn_line(std::string_view line) {
  // No sealed line has a quotation mark before "leaf".
  return line.find(R"("leaf":)") != std::string_view::npos;
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

Digest line_leaf(std::string_view line) {
  if (is_withdrawn_line(line)) return digest_from_hex(parse_manifest_object(line).at("leaf").get<std::string>());
  return digest(nullptr, "manifest-leaf", {bytes_of(line)});
}

std::uint64_t line_number(std::string_view line) {
  const json row = parse_manifest_object(line);
  if (!row.contains("n") || !row["n"].is_number_unsigned()) manifest_damaged("an item line without a number");
  return row["n"].get<std::uint64_t>();
}

void check_footer(const ManifestHeader& header, const ManifestFooter& footer, const Digest& root, std::uint64_t items,
                  std::uint64_t withdrawn, const ReleaseKeys& keys) {
  if (root != footer.root || items != footer.items) {
    throw Error(Code::record_altered, "the manifest's root hash does not fit its lines");
  }
  if (withdrawn != footer.withdrawn) {
    throw Error(Code::record_altered, "the manifest's seal knows of another number of withdrawn items");
  }
  if (commitment_2(header.commitment_1, footer.root) != footer.commitment_2) {
    throw Error(Code::record_altered, "the manifest's commitment 2 does not fit");
  }
  if (footer_mac(header_line(header), footer_json(footer), keys) != footer.mac) {
    throw Error(Code::record_altered, "the manifest's seal does not fit its header and counts");
  }
}

std::string sealed_footer_line(const std::string& header, ManifestFooter& footer, const Digest& commitment_1,
                               const ReleaseKeys& keys) {
  footer.commitment_2 = commitment_2(commitment_1, footer.root);
  json row = footer_json(footer);
  footer.mac = footer_mac(header, row, keys);
  row["mac"] = footer.mac;
  return json{{"footer", row}}.dump();
}

ManifestReader::ManifestReader(NextLine next) : next_(std::move(next)) {
  const std::optional<std::string> line = next_();
  if (!line) manifest_damaged("no header");
  try {
    header_ = read_header(*line);
  } catch (const json::exception&) {
    manifest_damaged("a field is missing or of the wrong type");
  }
}

bool ManifestReader::advance() {
  std::optional<std::string> line = next_();
  if (!line) return false;
  if (line->starts_with(R"({"footer")")) {
    try {
      footer_ = read_footer(parse_manifest_object(*line).at("footer"));
    } catch (const json::exception&) {
      manifest_damaged("a field is missing or of the wrong type");
    }
    if (next_()) manifest_damaged("lines after the footer");
    return false;
  }
  const std::uint64_t n = line_number(*line);
  if (any_ && n <= number_) manifest_damaged("lines out of order or twice");
  any_ = true;
  number_ = n;
  line_ = std::move(*line);
  return true;
}

}  // namespace wardmark
