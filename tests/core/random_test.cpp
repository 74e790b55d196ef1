#include "core/random.h"

#include <doctest/doctest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

using namespace wardmark;

namespace {
Subkey key_of(std::uint8_t fill) { return Subkey{ByteView(Bytes(32, fill))}; }
}  // namespace

TEST_CASE("random: the written rules, against vectors made by an independent program") {
  std::ifstream file(std::string(WARDMARK_SOURCE) + "/tests/vectors/random.json");
  REQUIRE(file.good());
  const auto vectors = nlohmann::json::parse(file);
  for (const auto& v : vectors["streams"]) {
    const std::string purpose = v["purpose"], id = v["id"];
    CAPTURE(purpose);
    const Subkey key{ByteView(from_hex(v["key"].get<std::string>()))};
    Stream words(key, purpose, id);
    for (const auto& word : v["words"]) CHECK(words.u32() == word.get<std::uint32_t>());
    Stream uniforms(key, purpose, id);
    for (const auto& u : v["uniforms"]) CHECK(uniforms.uniform() == u.get<double>());
    Stream below(key, purpose, id);
    for (const auto& b : v["below_10"]) CHECK(below.below(10) == b.get<std::uint32_t>());
    Stream normals(key, purpose, id);
    for (const auto& n : v["normals"]) CHECK(normals.normal() == doctest::Approx(n.get<double>()).epsilon(1e-13));
    CHECK(Stream(key, purpose, id).permutation(12) == v["permutation_12"].get<std::vector<std::uint32_t>>());
  }
}

TEST_CASE("random: a stream depends on key, purpose and id, and on nothing else") {
  const auto first = [](std::uint8_t key, const char* purpose, const char* id) {
    return Stream(key_of(key), purpose, id).u64();
  };
  CHECK(first(1, "a", "x") == first(1, "a", "x"));
  const std::set<std::uint64_t> all{first(1, "a", "x"), first(2, "a", "x"), first(1, "b", "x"), first(1, "a", "y")};
  CHECK(all.size() == 4);
}

TEST_CASE("random: below() is uniform where a plain modulo is not") {
  // 3 x 2^30 leaves a quarter of the words over: without rejection the lower third would come twice as often.
  constexpr std::uint32_t n = 3u << 30;
  Stream stream(key_of(3), "bias");
  int low = 0;
  constexpr int kDraws = 30000;
  for (int i = 0; i < kDraws; ++i) low += stream.below(n) < n / 3;
  CHECK(std::abs(low - kDraws / 3) < 5 * std::sqrt(kDraws * 2.0 / 9.0));
}

TEST_CASE("random: every permutation of four comes equally often") {
  std::map<std::vector<std::uint32_t>, int> counts;
  Stream stream(key_of(4), "permutations");
  constexpr int kDraws = 24000;
  for (int i = 0; i < kDraws; ++i) ++counts[stream.permutation(4)];
  REQUIRE(counts.size() == 24);
  double chi2 = 0.0;
  for (const auto& [order, count] : counts) chi2 += (count - 1000.0) * (count - 1000.0) / 1000.0;
  CHECK(chi2 < 60.0);  // 23 degrees of freedom: above once in 30,000 keys; this key is fixed
}

TEST_CASE("written_log agrees with the library's to the last bits") {
  for (const double x : {1e-300, 1e-9, 0.3, 0.75, 0.99999, 1.0, 1.4999, 1.5, 2.0, 7.25, 1e12}) {
    CHECK(written_log(x) == doctest::Approx(std::log(x)).epsilon(4e-16));
  }
}
