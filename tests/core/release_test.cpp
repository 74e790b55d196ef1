#include "core/release.h"

#include <doctest/doctest.h>

#include <map>
#include <string>

#include "core/error.h"

using namespace wardmark;

namespace {

Subkey counting_key() {
  Bytes bytes(32);
  for (std::size_t i = 0; i < 32; ++i) bytes[i] = static_cast<std::uint8_t>(i);
  return Subkey{ByteView(bytes)};
}

Code beacon_code(const std::string& json) {
  try {
    parse_beacon(json);
  } catch (const Error& error) {
    return error.code();
  }
  return Code::bug;
}

}  // namespace

TEST_CASE("draw: known answers of tests/vectors/derivation.py") {
  const Draw self = draw_release(counting_key(), Digest{}, std::nullopt, 500, 5);
  CHECK(self.pool_index == 155);
  CHECK(self.slots == std::vector<std::uint32_t>{2, 1, 4, 0, 3});
  CHECK(to_hex(self.pool_key.bytes()) == "262b819723ab25f7decd17e8c0f09e1382fdd4988ed9d032127586602db8d18e");
  const Draw beacon = draw_release(counting_key(), Digest{}, "drand:quicknet:7:ab", 500, 5);
  CHECK(beacon.pool_index == 422);
  CHECK(beacon.slots == std::vector<std::uint32_t>{3, 0, 2, 1, 4});
}

TEST_CASE("coins of twins: known answers, and independent of slots and pool") {
  const Draw self = draw_release(counting_key(), Digest{}, std::nullopt, 500, 5);
  std::string coins;
  for (int unit = 0; unit < 24; ++unit) coins += std::to_string(twin_coin(self, std::to_string(unit)));
  CHECK(coins == "101110101000110000011010");
  int ones = 0;
  for (int unit = 0; unit < 4000; ++unit) ones += twin_coin(self, "unit" + std::to_string(unit));
  CHECK(std::abs(ones - 2000) < 130);  // four standard deviations
}

TEST_CASE("draw: (pool index, assignment) is uniform over commitments, three classes and a pool of two") {
  std::map<std::pair<std::uint32_t, std::vector<std::uint32_t>>, int> counts;
  constexpr int kTrials = 12000;
  for (int t = 0; t < kTrials; ++t) {
    Digest commitment{};
    commitment[0] = static_cast<std::uint8_t>(t);
    commitment[1] = static_cast<std::uint8_t>(t >> 8);
    const Draw draw = draw_release(counting_key(), commitment, std::nullopt, 2, 3);
    ++counts[{draw.pool_index, draw.slots}];
  }
  REQUIRE(counts.size() == 12);
  double chi2 = 0.0;
  for (const auto& [configuration, count] : counts) chi2 += (count - 1000.0) * (count - 1000.0) / 1000.0;
  CHECK(chi2 < 35.0);  // 11 degrees of freedom: above once in 4,000 keys; this key is fixed
}

TEST_CASE("draw: a beacon moves the assignment but no candidate key") {
  const Draw a = draw_release(counting_key(), Digest{}, "n:1:aa", 20, 9);
  const Draw b = draw_release(counting_key(), Digest{}, "n:1:ab", 20, 9);
  CHECK(a.slots != b.slots);
  CHECK(pool_key(counting_key(), a.pool_index) == a.pool_key);
}

TEST_CASE("two release names share no key; two ids of one name share none") {
  const Subkey master = counting_key();
  const ReleaseKeys one(master.derive("release-name", {"one"}), ReleaseId{});
  const ReleaseKeys two(master.derive("release-name", {"two"}), ReleaseId{});
  ReleaseId other{};
  other[15] = 1;
  const ReleaseKeys one_other(master.derive("release-name", {"one"}), other);
  for (std::uint32_t i = 0; i < 50; ++i) {
    for (std::uint32_t j = 0; j < 50; ++j) {
      CHECK_FALSE(pool_key(one.pool_root, i) == pool_key(two.pool_root, j));
      CHECK_FALSE(pool_key(one.pool_root, i) == pool_key(one_other.pool_root, j));
    }
  }
}

TEST_CASE("beacon: randomness must be the SHA-256 of the signature") {
  // SHA-256("abc"), the standard's own example.
  const std::string hash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  const auto json = [](const std::string& randomness, const std::string& round) {
    return R"({"round":)" + round + R"(,"randomness":")" + randomness + R"(","signature":"616263"})";
  };
  const BeaconRound round = parse_beacon(json(hash, "77"));
  CHECK(round.round == 77);
  CHECK(round.value("drand:quicknet") == "drand:quicknet:77:" + hash);
  // A round of drand's quicknet as it was published.
  const std::string published =
      R"({"round":657413,)"
      R"("randomness":"fc1873a13f3545aeade8401532ef5519920652eee6b0d2b19ca12643b87b3587",)"
      R"("signature":"b713718a38ae728dfd477991af2822e08d2f305e47718cef9f7848ce4050e7be41076862b98fad56e91a6b85b89cd97b"})";
  CHECK(parse_beacon(published).round == 657413);
  std::string altered = published;
  altered[altered.find("b713718a")] = 'c';
  CHECK(beacon_code(altered) == Code::beacon);
  std::string wrong = hash;
  wrong[0] = 'c';
  CHECK(beacon_code(json(wrong, "77")) == Code::beacon);
  CHECK(beacon_code(json(hash, "-7")) == Code::beacon);
  CHECK(beacon_code(json("zz", "77")) == Code::beacon);
  CHECK(beacon_code("[]") == Code::beacon);
  CHECK(beacon_code("{") == Code::beacon);
}
