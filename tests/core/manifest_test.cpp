#include "core/manifest.h"

#include <doctest/doctest.h>

#include <limits>
#include <string>

#include "core/error.h"
#include "core/merkle.h"
#include "tests/core/sample_manifest.h"

using namespace wardmark;

TEST_CASE("manifest: a line survives, and yields nothing without the key") {
  const std::string line = item_line(sample(3), keys());
  const ManifestItem read = open_item(line, keys());
  CHECK(read.id == "ward-7/patient-3.png");
  CHECK(read.slot == 4);
  CHECK(read.measured == sample(3).measured);
  CHECK(read.notes == sample(3).notes);
  CHECK(read.output == sample(3).output);
  CHECK(line.find("patient") == std::string::npos);
  CHECK(line.find("DROPPED") == std::string::npos);
  CHECK(line.find(to_hex(sample(3).output)) == std::string::npos);
  const ReleaseKeys other(Subkey{ByteView(Bytes(32, 6))}, ReleaseId{});
  CHECK(code_of([&] { open_item(line, other); }) == Code::record_altered);
}

TEST_CASE("manifest: clinical figures come back exactly, nothing of them is readable without the key") {
  ManifestItem item = sample(3);
  Clinical c{"1.2.840.99", "HU", 8, 3.25, 8.0, 3.25, -0.0125, {-1024, 3071, 62.125, 9998}, {}, 1.015};
  c.windows = {{-160, 240, 41.5, 9950}, {-1350, 150, std::numeric_limits<double>::infinity(), 10000}};
  item.clinical = c;
  const std::string line = item_line(item, keys());
  CHECK(open_item(line, keys()).clinical == c);
  CHECK(line.find("840") == std::string::npos);
  c.noise_ratio.reset();
  item.clinical = c;
  CHECK(open_item(item_line(item, keys()), keys()).clinical == c);
  CHECK(!open_item(item_line(sample(3), keys()), keys()).clinical);
}

TEST_CASE("manifest: where sentences were put is part of a line, and readable with the key alone") {
  ManifestItem item = sample(3);
  item.insertions = {{120, 96, 7, "notes/a.md"}, {4000000000000ULL, 97, 29, "id \"2\""}};
  const std::string line = item_line(item, keys());
  CHECK(open_item(line, keys()).insertions == item.insertions);
  CHECK(line.find("notes/a.md") == std::string::npos);
}

TEST_CASE("manifest: read, sealed, and each kind of tampering is found") {
  const std::string text = manifest_text(header_of(), {sample(0), sample(1), sample(2, ItemState::refused)});
  const Manifest manifest = parse_manifest(text);
  CHECK(manifest.lines.size() == 3);
  CHECK(manifest.footer->protected_ == 2);
  CHECK_NOTHROW(check_seal(manifest, keys()));

  Manifest fewer = manifest;
  fewer.lines.pop_back();
  CHECK(code_of([&] { check_seal(fewer, keys()); }) == Code::record_altered);
  Manifest counts = manifest;
  counts.footer->refused = 0;
  CHECK(code_of([&] { check_seal(counts, keys()); }) == Code::record_altered);
  Manifest beacon = manifest;
  beacon.header.draw = "beacon";
  CHECK(code_of([&] { check_seal(beacon, keys()); }) == Code::record_altered);
  // Someone without the key recomputes the root over other lines: the seal does not follow.
  Manifest forged = manifest;
  forged.lines.erase(forged.lines.begin());
  std::vector<Digest> leaves{line_leaf(forged.lines[0]), line_leaf(forged.lines[1])};
  forged.footer->items = 2;
  forged.footer->root = merkle_root(leaves);
  forged.footer->commitment_2 = digest(nullptr, "commitment-2", {forged.header.commitment_1, forged.footer->root});
  CHECK(code_of([&] { check_seal(forged, keys()); }) == Code::record_altered);
  Manifest open = manifest;
  open.footer.reset();
  CHECK(code_of([&] { check_seal(open, keys()); }) == Code::record_incomplete);
}

TEST_CASE("manifest: a struck line keeps its leaf; root and commitment stay, and only the key can strike") {
  const ManifestHeader header = header_of();
  const Manifest manifest =
      parse_manifest(manifest_text(header, {sample(0), sample(1), sample(2, ItemState::refused)}));
  const Digest plan = digest(nullptr, "rewritten", {});
  const std::string text = redact_manifest(manifest, {1}, plan, keys());
  const Manifest read = parse_manifest(text);
  CHECK_NOTHROW(check_seal(read, keys()));
  CHECK(read.header.plan_hash == plan);
  CHECK(read.footer->root == manifest.footer->root);
  CHECK(read.footer->commitment_2 == manifest.footer->commitment_2);
  CHECK(read.footer->protected_ == 2);
  CHECK(read.footer->withdrawn == 1);
  const ManifestItem struck = open_item(read.lines[1], keys());
  CHECK(struck.state == ItemState::withdrawn);
  CHECK(struck.n == 1);
  CHECK(struck.id.empty());
  CHECK(read.lines[0] == manifest.lines[0]);
  CHECK(redact_manifest(read, {1}, plan, keys()) == text);
  CHECK(merged({text}) == text);
  // Without the key: the line fits the root, the seal does not know of it.
  Manifest forged = manifest;
  forged.lines[1] = read.lines[1];
  CHECK(code_of([&] { check_seal(forged, keys()); }) == Code::record_altered);
}

TEST_CASE("manifest: a torn tail is dropped only where resume asks for it") {
  const std::string text = manifest_text(header_of(), {sample(0), sample(1)});
  const std::size_t footer = text.find("{\"footer\"");
  const std::string torn = text.substr(0, footer - 10);
  CHECK(code_of([&] { parse_manifest(torn); }) == Code::record_format);
  const Manifest manifest = parse_manifest(torn, true);
  CHECK(manifest.lines.size() == 1);
  CHECK(manifest.whole_bytes == text.find('\n', text.find('\n') + 1) + 1);
  CHECK(parse_manifest(text).whole_bytes == footer);
  CHECK(code_of([&] { parse_manifest(text + text); }) == Code::record_format);
  CHECK(code_of([&] { parse_manifest(""); }) == Code::record_format);
}

TEST_CASE("content digest: shape counts, not only samples") {
  Image wide(4, 2, 1, 8), tall(2, 4, 1, 8);
  for (auto& v : wide.raw()) v = 9;
  for (auto& v : tall.raw()) v = 9;
  CHECK(content_digest(wide) != content_digest(tall));
  CHECK(content_digest(wide) == content_digest(Image(wide)));
}
