#include "core/manifest_merge.h"

#include <doctest/doctest.h>

#include "tests/core/sample_manifest.h"

using namespace wardmark;

TEST_CASE("merge: associative, idempotent, equal to the unsharded manifest; gaps stay visible") {
  const std::string whole =
      manifest_text(header_of(), {sample(0), sample(1), sample(2, ItemState::refused), sample(3)});
  const std::string one = manifest_text(header_of({1}, 3), {sample(1), sample(3)});
  const std::string two = manifest_text(header_of({2}, 3), {sample(0)});
  const std::string three = manifest_text(header_of({3}, 3), {sample(2, ItemState::refused)});
  CHECK(merged({one, two, three}) == whole);
  CHECK(merged({three, one, two}) == whole);
  const std::string left = merged({one, two});
  CHECK(parse_manifest(left).header.shards == std::vector<std::uint32_t>{1, 2});
  CHECK(merged({left, three}) == whole);
  CHECK(merged({one, merged({three, two})}) == whole);
  CHECK(merged({one, one, two, three, three}) == whole);
  CHECK(merged({whole}) == whole);
  CHECK(merged({two, whole}) == whole);
  const std::string empty = manifest_text(header_of({2}, 2), {});
  CHECK(merged({manifest_text(header_of({1}, 2), {sample(0)}), empty}) == manifest_text(header_of(), {sample(0)}));
}

TEST_CASE("merge: a struck line keeps its counts") {
  const std::string one = redact_manifest(parse_manifest(manifest_text(header_of({1}, 2), {sample(0), sample(2)})), {2},
                                          header_of().plan_hash, keys());
  const std::string two = manifest_text(header_of({2}, 2), {sample(1, ItemState::refused)});
  const Manifest whole = parse_manifest(merged({one, two, one}));
  CHECK_NOTHROW(check_seal(whole, keys()));
  CHECK(whole.footer->protected_ == 2);
  CHECK(whole.footer->refused == 1);
  CHECK(whole.footer->withdrawn == 1);
}

TEST_CASE("merge: other releases, contradicting lines, unfinished and altered parts are refused") {
  const std::string one = manifest_text(header_of({1}, 2), {sample(0), sample(2)});
  ManifestHeader other = header_of({2}, 2);
  other.plan_hash = digest(nullptr, "other plan", {});
  CHECK(code_of([&] { merged({one, manifest_text(other, {sample(1)})}); }) == Code::merge_mixed);
  CHECK(code_of([&] { merged({one, manifest_text(header_of({2}, 3), {sample(1)})}); }) == Code::merge_mixed);
  ManifestItem changed = sample(0);
  changed.bytes = 1;
  CHECK(code_of([&] { merged({one, manifest_text(header_of({2}, 2), {changed})}); }) == Code::record_altered);
  CHECK(code_of([&] { merged({}); }) == Code::record_format);
  CHECK(code_of([&] { merged({one, "{}\n"}); }) == Code::record_format);

  const std::string two = manifest_text(header_of({2}, 2), {sample(1), sample(3)});
  const std::size_t footer = two.rfind("{\"footer\"");
  CHECK(code_of([&] { merged({one, two.substr(0, footer)}); }) == Code::record_incomplete);
  const std::size_t last = two.rfind('\n', footer - 2) + 1;
  CHECK(code_of([&] { merged({one, two.substr(0, last) + two.substr(footer)}); }) == Code::record_altered);
  std::string counts = two;
  counts.replace(counts.find("\"protected\":2"), 13, "\"protected\":1");
  CHECK(code_of([&] { merged({one, counts}); }) == Code::record_altered);
  try {
    merged({one, two.substr(0, footer)});
  } catch (const Error& error) {
    CHECK(std::string(error.what()).starts_with("part 1: "));
  }
}
