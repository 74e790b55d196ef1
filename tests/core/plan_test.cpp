#include "core/plan.h"

#include <doctest/doctest.h>

#include <set>
#include <string>

#include "core/error.h"
#include "core/statistics.h"

using namespace wardmark;

namespace {

const OwnerKey& owner() {
  // A fixed key: a sealed text holds every short word by chance once in a while.
  static const OwnerKey key = OwnerKey::parse(
      "wardmark-key-1 master 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f 802dadca");
  return key;
}

Plan small_plan(const std::string& name = "scans") {
  Plan plan;
  plan.release_name = name;
  plan.format = "folder";
  plan.method = "cuda";
  plan.parameters = {{"kernel", "3"}};
  plan.classes = {{"cat", 2}, {"dog", 1}};
  for (const char* id : {"cat/1.png", "cat/2.png", "dog/secret-name.png"}) {
    plan.items.push_back({id, id[0] == 'c' ? 0u : 1u, 100, digest(nullptr, "test", {bytes_of(id)})});
  }
  plan.companions = {{"notes.txt", Code::left_other}};
  return plan;
}

Plan completed(Plan plan) {
  complete_plan(plan, owner(), true);
  return plan;
}

Code parse_code(const std::string& text, const OwnerKey& key) {
  try {
    parse_plan(text, key);
  } catch (const Error& error) {
    return error.code();
  }
  return Code::bug;
}

}  // namespace

TEST_CASE("plan: a pure function of key and content; survives its file") {
  Plan plan = completed(small_plan());
  const std::string text = format_plan(plan, owner());
  Plan again = completed(small_plan());
  CHECK(format_plan(again, owner()) == text);
  const Plan read = parse_plan(text, owner());
  CHECK(read.release_name == "scans");
  CHECK(read.parameters == plan.parameters);
  CHECK(read.items.size() == 3);
  CHECK(read.items[2].id == "dog/secret-name.png");
  CHECK(read.items[2].class_index == 1);
  CHECK(read.items[1].input == plan.items[1].input);
  CHECK(read.companions.front().code == Code::left_other);
  CHECK(read.id == plan.id);
  CHECK(read.hash == plan.hash);
  CHECK(parse_plan(text, owner().derive("scans")).commitment_1 == plan.commitment_1);
}

TEST_CASE("plan: a coin belongs to the group of an item, or to its stored bytes; groups survive the file, sealed") {
  Plan plan = small_plan();
  plan.items[0].group = plan.items[1].group = "patient 7";
  plan = completed(std::move(plan));
  const std::string text = format_plan(plan, owner());
  const Plan read = parse_plan(text, owner());
  CHECK(coin_unit(read.items[0]) == "group:patient 7");
  CHECK(coin_unit(read.items[1]) == coin_unit(read.items[0]));
  CHECK(read.items[2].group.empty());
  CHECK(coin_unit(read.items[2]) == to_hex(*plan.items[2].input));
  CHECK(text.find("patient") == std::string::npos);
}

TEST_CASE("plan: every change of what it is made of gives another release id and commitment") {
  std::set<std::string> seen;
  const auto add = [&](Plan plan) { CHECK(seen.insert(to_hex(completed(std::move(plan)).commitment_1)).second); };
  add(small_plan());
  add(small_plan("scans2"));
  Plan p = small_plan();
  p.parameters[0].second = "5";
  add(p);
  p = small_plan();
  p.items[0].input = digest(nullptr, "test", {bytes_of("other")});
  add(p);
  p = small_plan();
  p.items[0].class_index = 1;
  add(p);
  p = small_plan();
  p.items[0].group = "patient 1";
  add(p);
  p = small_plan();
  p.test.suspects = 10;
  add(p);
  p = small_plan();
  p.beacon = BeaconPromise{"drand:quicknet", 9};
  add(p);
}

TEST_CASE("plan: without the key the file yields no path, no class, no method, no name") {
  Plan plan = completed(small_plan());
  const std::string text = format_plan(plan, owner());
  for (const char* secret : {"secret-name", "cat", "dog", "png", "cuda", "kernel", "scans", "notes", "folder"}) {
    CAPTURE(secret);
    CHECK(text.find(secret) == std::string::npos);
  }
  CHECK(summarise_plan(text).items == 3);
}

TEST_CASE("plan: wrong key, altered, cut short, newer schema") {
  Plan plan = completed(small_plan());
  const std::string text = format_plan(plan, owner());
  CHECK(parse_code(text, OwnerKey::generate()) == Code::key_wrong);
  CHECK(parse_code(text, owner().derive("other")) == Code::key_wrong);
  const std::size_t second = text.find("{\"i\"");
  const std::size_t third = text.find("{\"i\"", second + 1);
  std::string dropped = text;
  dropped.erase(second, third - second);
  CHECK(parse_code(dropped, owner()) == Code::plan_format);
  CHECK(parse_code(text.substr(0, text.rfind("{\"mac\"")), owner()) == Code::plan_format);
  std::string newer = text;
  newer.replace(newer.find("plan/1"), 6, "plan/9");
  CHECK(parse_code(newer, owner()) == Code::plan_format);
  CHECK(parse_code("", owner()) == Code::plan_format);
  CHECK(parse_code("[]\n", owner()) == Code::plan_format);
}

TEST_CASE("plan: the pool is large enough for the level of one test, or the plan is refused") {
  for (std::uint32_t classes = 2; classes <= 12; ++classes) {
    CAPTURE(classes);
    CHECK(smallest_p(default_pool(classes, 1e-3, 20), classes) <= 5e-5 * (1 + 1e-9));
  }
  CHECK(default_pool(2, 1e-3, 20) == 10000);
  CHECK(default_pool(10, 1e-3, 20) == 20);
  Plan plan = small_plan();
  plan.test.pool = 500;
  CHECK_THROWS_AS(complete_plan(plan, owner(), true), Error);
  CHECK_NOTHROW(complete_plan(plan, owner(), false));
}

TEST_CASE("plan: a promised beacon is required, an unpromised one refused, another round refused") {
  Plan plain = completed(small_plan());
  Plan promised = small_plan();
  promised.beacon = BeaconPromise{"drand:quicknet", 9};
  promised = completed(promised);
  const ReleaseKeys keys(owner().name_key("scans"), plain.id);
  const BeaconRound nine{9, "ab"}, ten{10, "ab"};
  CHECK_THROWS_AS(draw_plan(promised, keys, std::nullopt), Error);
  CHECK_THROWS_AS(draw_plan(promised, keys, ten), Error);
  CHECK_THROWS_AS(draw_plan(plain, keys, nine), Error);
  CHECK_NOTHROW(draw_plan(promised, keys, nine));
  CHECK_NOTHROW(draw_plan(plain, keys, std::nullopt));
}

TEST_CASE("shards: every item in exactly one, none far too large") {
  std::vector<int> counts(4);
  for (int i = 0; i < 3000; ++i) ++counts[shard_of("item-" + std::to_string(i), 3)];
  CHECK(counts[0] == 0);
  for (int s = 1; s <= 3; ++s) CHECK(std::abs(counts[static_cast<std::size_t>(s)] - 1000) < 130);
}
