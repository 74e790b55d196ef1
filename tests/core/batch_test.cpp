#include "core/batch.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <string>

#include "core/error.h"

using namespace wardmark;

namespace {

const OwnerKey& owner() {
  static const OwnerKey key = OwnerKey::parse(
      "wardmark-key-1 master 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f 802dadca");
  return key;
}

Plan parent(const std::string& name = "scans") {
  Plan plan;
  plan.release_name = name;
  plan.format = "folder";
  plan.method = "cuda";
  plan.classes = {{"cat", 1}, {"dog", 1}};
  for (const char* id : {"cat/1.png", "dog/1.png"}) {
    plan.items.push_back({id, id[0] == 'c' ? 0u : 1u, 100, digest(nullptr, "test", {bytes_of(id)})});
  }
  complete_plan(plan, owner(), true);
  return plan;
}

Batch batch_of(const Plan& plan, const std::string& id) {
  Batch batch = blank_batch(plan);
  batch.number = 3;
  batch.plan.classes = {{"secret-class", 1}};
  batch.slots = {7};
  batch.plan.items.push_back({id, 0, 5, digest(nullptr, "test", {bytes_of(id)})});
  batch.plan.companions = {{"secret-class/1.xmp", Code::carried_sidecar}};
  complete_batch(batch, plan, owner());
  return batch;
}

Code code_of(const std::string& text, const Plan& plan) {
  try {
    parse_batch(text, plan, owner());
  } catch (const Error& error) {
    return error.code();
  }
  return Code::bug;
}

}  // namespace

TEST_CASE("batch: survives its file, follows its release alone, and shows nothing without the key") {
  const Plan plan = parent();
  Batch batch = batch_of(plan, "secret-class/1.png");
  const std::string text = format_batch(batch, plan, owner());
  const Batch read = parse_batch(text, plan, owner());
  CHECK(read.number == 3);
  CHECK(read.slots == std::vector<std::uint32_t>{7});
  CHECK(read.plan.id == plan.id);
  CHECK(read.plan.method == "cuda");
  REQUIRE(read.plan.items.size() == 1);
  CHECK(read.plan.items[0].id == "secret-class/1.png");
  CHECK(read.plan.companions.size() == 1);
  CHECK(read.plan.commitment_1 == batch.plan.commitment_1);
  CHECK(read.plan.commitment_1 != plan.commitment_1);
  CHECK(read.plan.hash == batch.plan.hash);
  CHECK(text.find("secret") == std::string::npos);
  CHECK(summarise_batch(text).commitment_1 == to_hex(batch.plan.commitment_1));
  // The commitment says nothing of the number: it is the same whenever the batch came.
  Batch other = batch_of(plan, "secret-class/1.png");
  other.number = 9;
  format_batch(other, plan, owner());
  CHECK(other.plan.commitment_1 == batch.plan.commitment_1);
}

TEST_CASE("batch: altered, of another release or of a newer version it is refused") {
  const Plan plan = parent();
  Batch batch = batch_of(plan, "x/1.png");
  const std::string text = format_batch(batch, plan, owner());
  CHECK(code_of(text, parent("other")) == Code::plan_format);
  std::string newer = text;
  newer.replace(newer.find("wardmark.batch/1"), 16, "wardmark.batch/2");
  CHECK(code_of(newer, plan) == Code::plan_format);
  std::string number = text;
  number.replace(number.find("\"batch\":3"), 9, "\"batch\":4");
  CHECK(code_of(number, plan) == Code::plan_format);
  CHECK(code_of(text.substr(0, text.size() - 20), plan) == Code::plan_format);
}

TEST_CASE("batch: a withdrawn item leaves its leaf; root and commitment stay") {
  const Plan plan = parent();
  Batch batch = batch_of(plan, "secret-class/1.png");
  const NameKeys names(owner().name_key("scans"));
  const Digest root = batch.plan.item_root, commitment = batch.plan.commitment_1;
  PlanItem bare;
  bare.withdrawn = plan_leaf(batch.plan.items[0], names);
  batch.plan.items[0] = bare;
  const Batch read = parse_batch(format_batch(batch, plan, owner()), plan, owner());
  CHECK(read.plan.item_root == root);
  CHECK(read.plan.commitment_1 == commitment);
  CHECK(read.plan.items[0].id.empty());
  CHECK(read.plan.items[0].withdrawn.has_value());
}

TEST_CASE("spare slots: a permutation of those behind the draw's, by name alone") {
  const Plan plan = parent();
  const ReleaseKeys keys(owner().name_key("scans"), plan.id);
  const Draw draw = draw_plan(plan, keys, std::nullopt);
  std::vector<std::uint32_t> slots = spare_slots(draw, "zebra", 16);
  CHECK(slots == spare_slots(draw, "zebra", 16));
  CHECK(slots != spare_slots(draw, "giraffe", 16));
  std::ranges::sort(slots);
  CHECK(slots.front() == 2);
  CHECK(slots.back() == 17);
  CHECK(std::set<std::uint32_t>(slots.begin(), slots.end()).size() == 16);
}

TEST_CASE("two releases of one key, and a derived key's, share no candidate key: no mark can be common") {
  std::set<Bytes> seen;
  std::size_t keys_made = 0;
  for (const char* name : {"scans", "other"}) {
    const Plan plan = parent(name);
    const ReleaseKeys keys(owner().name_key(name), plan.id);
    for (std::uint32_t j = 0; j < plan.test.pool; ++j, ++keys_made) {
      const Subkey key = pool_key(keys.pool_root, j);
      seen.insert(Bytes(key.bytes().begin(), key.bytes().end()));
    }
  }
  CHECK(seen.size() == keys_made);
}
