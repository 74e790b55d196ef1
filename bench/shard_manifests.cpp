// shard-manifests RECORD KEY SHARDS ITEMS: a record as SHARDS runs of `protect --shard` leave it, for ITEMS items that
// were never protected: what `manifest merge` is timed on (bench/record_scale.py). Lines are as long as those of
// pictures with paths of 40 letters.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "core/error.h"
#include "core/manifest_lines.h"
#include "core/merkle.h"
#include "core/owner_key.h"
#include "io/atomic_file.h"
#include "io/record_folder.h"

using namespace wardmark;

namespace {

std::string item_id(std::uint64_t n) {
  char text[96];
  std::snprintf(text, sizeof text, "archive/series-%05llu/photograph-%08llu.jpg",
                static_cast<unsigned long long>(n / 97), static_cast<unsigned long long>(n));
  return text;
}

Plan plan_of(std::uint64_t items, const OwnerKey& key) {
  Plan plan;
  plan.release_name = "archive";
  plan.format = "folder";
  plan.method = "cuda";
  plan.parameters = {{"kernel", "3"}};
  constexpr std::uint32_t kClasses = 10;
  for (std::uint32_t c = 0; c < kClasses; ++c) plan.classes.push_back({"class-" + std::to_string(c), items / kClasses});
  plan.items.reserve(items);
  for (std::uint64_t n = 0; n < items; ++n) {
    std::string id = item_id(n);
    const Digest input = digest(nullptr, "bench-input", {bytes_of(id)});
    plan.items.push_back({std::move(id), static_cast<std::uint32_t>(n % kClasses), 300000 + n % 1000, input});
  }
  complete_plan(plan, key, true);
  return plan;
}

ManifestItem line_item(std::uint64_t n) {
  ManifestItem item;
  item.n = n;
  item.id = item_id(n);
  item.output_id = item.id;
  item.slot = static_cast<std::uint32_t>(n % 10);
  item.output = digest(nullptr, "bench-output", {bytes_of(item.id)});
  item.output_content = digest(nullptr, "bench-content", {bytes_of(item.id)});
  item.bytes = 300000 + n % 1000;
  item.measured = {31, 10000000 + n, 1500000, 255, 9712, 243, 9500};
  item.notes = {{Code::chroma_444, {}}};
  return item;
}

void write_shard(const RecordFolder& record, const Plan& plan, const ReleaseKeys& keys, Shard shard) {
  ManifestHeader header;
  header.release = plan.id;
  header.name_token = plan.name_token;
  header.plan_hash = plan.hash;
  header.commitment_1 = plan.commitment_1;
  header.shards = {shard.index};
  header.shard_count = shard.count;
  std::string text = header_line(header) + "\n";
  MerkleTree tree;
  ManifestFooter footer;
  for (std::uint64_t n = shard.index - 1; n < plan.items.size(); n += shard.count) {
    const std::string line = item_line(line_item(n), keys);
    tree.add(line_leaf(line));
    ++footer.protected_;
    text += line + "\n";
  }
  footer.items = tree.leaves();
  footer.root = tree.root();
  text += sealed_footer_line(header_line(header), footer, header.commitment_1, keys) + "\n";
  const std::filesystem::path path = record.manifest_path(shard);
  const Rename rename{write_aside(path, bytes_of(text), 0600), path};
  publish({&rename, 1});
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 5) {
    std::fputs("usage: shard-manifests RECORD KEY SHARDS ITEMS\n", stderr);
    return 2;
  }
  const RecordFolder record(argv[1]);
  const OwnerKey key = OwnerKey::parse(text_of(read_file(argv[2])));
  const auto shards = static_cast<std::uint32_t>(std::strtoul(argv[3], nullptr, 10));
  record.create();
  Plan plan = plan_of(std::strtoull(argv[4], nullptr, 10), key);
  record.write_plan(format_plan(plan, key));
  const ReleaseKeys keys(key.name_key(plan.release_name), plan.id);
  for (std::uint32_t s = 1; s <= shards; ++s) write_shard(record, plan, keys, {s, shards});
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "shard-manifests: %s\n", error.what());
  return 1;
}
