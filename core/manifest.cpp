#include "core/manifest.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/lane_digest.h"
#include "core/manifest_lines.h"
#include "core/merkle.h"

namespace wardmark {
namespace {

std::string struck_line(std::string_view line, const Digest& leaf, const ReleaseKeys& keys) {
  const ManifestItem item = open_item(line, keys);
  return nlohmann::json{{"b", item.batch}, {"n", item.n}, {"leaf", to_hex(leaf)}, {"was", name(item.state)}}.dump();
}

}  // namespace

std::string footer_line(const std::string& header, ManifestFooter& footer, const std::vector<Digest>& leaves,
                        const Digest& commitment_1, const ReleaseKeys& keys) {
  footer.items = leaves.size();
  footer.root = merkle_root(leaves);
  return sealed_footer_line(header, footer, commitment_1, keys);
}

Manifest parse_manifest(std::string_view text, bool torn_tail) {
  std::size_t at = 0;
  ManifestReader reader([&]() -> std::optional<std::string> {
    if (at == text.size()) return std::nullopt;
    const std::size_t end = text.find('\n', at);
    if (end == std::string_view::npos) {
      if (!torn_tail) manifest_damaged("cut short in its last line");
      return std::nullopt;
    }
    std::string line(text.substr(at, end - at));
    at = end + 1;
    return line;
  });
  Manifest manifest;
  manifest.header = reader.header();
  manifest.whole_bytes = at;
  while (reader.advance()) {
    manifest.lines.push_back(reader.line());
    manifest.whole_bytes = at;
  }
  manifest.footer = reader.footer();
  return manifest;
}

void check_seal(const Manifest& manifest, const ReleaseKeys& keys) {
  if (!manifest.footer) throw Error(Code::record_incomplete, "the manifest has no footer: the run was not finished");
  MerkleTree tree;
  for (const std::string& line : manifest.lines) tree.add(line_leaf(line));
  const auto withdrawn = static_cast<std::uint64_t>(std::ranges::count_if(manifest.lines, is_withdrawn_line));
  check_footer(manifest.header, *manifest.footer, tree.root(), tree.leaves(), withdrawn, keys);
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
    const bool strike = !is_withdrawn_line(line) && places.contains(line_number(line));
    if (strike || is_withdrawn_line(line)) ++footer.withdrawn;
    text += (strike ? struck_line(line, leaves.back(), keys) : line) + "\n";
  }
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
