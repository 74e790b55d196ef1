#pragma once
#include <string>
#include <utility>
#include <vector>

#include "core/error.h"
#include "core/manifest_merge.h"

/// Small manifests for the tests.
namespace wardmark {

inline const ReleaseKeys& keys() {
  static const ReleaseKeys k(Subkey{ByteView(Bytes(32, 5))}, ReleaseId{});
  return k;
}

inline ManifestItem sample(std::uint64_t n, ItemState state = ItemState::protected_) {
  ManifestItem item;
  item.n = n;
  item.state = state;
  item.id = "ward-7/patient-" + std::to_string(n) + ".png";
  item.output_id = item.id;
  item.slot = 4;
  item.output = digest(nullptr, "t", {bytes_of(item.id)});
  item.bytes = 1234;
  item.measured = {7, 99, 300, 255, 9912, 143, 9500};
  item.notes = {{Code::dropped_thumbnail, "160x120"}, {Code::chroma_444, {}}};
  return item;
}

inline ManifestHeader header_of(std::vector<std::uint32_t> shards = {}, std::uint32_t count = 0) {
  ManifestHeader header;
  header.name_token = "token";
  header.plan_hash = digest(nullptr, "p", {});
  header.commitment_1 = digest(nullptr, "c", {});
  header.shards = std::move(shards);
  header.shard_count = count;
  return header;
}

inline std::string manifest_text(const ManifestHeader& header, const std::vector<ManifestItem>& items) {
  const std::string first = header_line(header);
  std::string text = first + "\n";
  std::vector<Digest> leaves;
  ManifestFooter footer;
  for (const ManifestItem& item : items) {
    const std::string line = item_line(item, keys());
    leaves.push_back(line_leaf(line));
    text += line + "\n";
    ++(item.state == ItemState::protected_ ? footer.protected_ : footer.refused);
  }
  return text + footer_line(first, footer, leaves, header.commitment_1, keys()) + "\n";
}

template <class F>
Code code_of(F&& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.code();
  }
  return Code::bug;
}

/// Lines of a text, one after the other.
inline NextLine lines_of(std::string text) {
  return [text = std::move(text), at = std::size_t{0}]() mutable -> std::optional<std::string> {
    const std::size_t end = text.find('\n', at);
    if (end == std::string::npos) return std::nullopt;
    std::string line = text.substr(at, end - at);
    at = end + 1;
    return line;
  };
}

inline std::string merged(const std::vector<std::string>& texts) {
  std::vector<ManifestPart> parts;
  for (const std::string& text : texts) parts.push_back({"part " + std::to_string(parts.size()), lines_of(text)});
  std::string whole;
  ManifestMerge(std::move(parts)).run(keys(), [&](std::string_view line) { whole.append(line).push_back('\n'); });
  return whole;
}

}  // namespace wardmark
