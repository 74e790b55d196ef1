#include "core/key.h"

#include <doctest/doctest.h>

#include "core/error.h"
#include "core/merkle.h"
#include "core/seal.h"

using namespace wardmark;

namespace {
Subkey counting_key() {
  Bytes bytes(32);
  for (std::size_t i = 0; i < 32; ++i) bytes[i] = static_cast<std::uint8_t>(i);
  return Subkey{ByteView(bytes)};
}
}  // namespace

TEST_CASE("derivation: known answers of an independent BLAKE2b (tests/vectors/derivation.py)") {
  const Subkey key = counting_key();
  CHECK(to_hex(key.derive("release-name", {"scans"}).bytes()) ==
        "4a74585469f42b484a47f3f960f6b173a5e3f71d058bc499d5387975b854da84");
  CHECK(to_hex(digest(nullptr, "output", {bytes_of("abc")})) ==
        "ec3b7447e1334c96684099a4f146c9f40bca870b297d8dd07a026995d2c83d4f");
}

TEST_CASE("derivation: fields cannot be shifted into one another") {
  const Subkey key = counting_key();
  CHECK_FALSE(key.derive("a", {"bc"}) == key.derive("ab", {"c"}));
  CHECK_FALSE(key.derive("a", {"b", "c"}) == key.derive("a", {"bc"}));
  CHECK_FALSE(key.derive("a", {""}) == key.derive("a", {}));
  CHECK(key.derive("a", {"bc"}) == key.derive("a", {"bc"}));
}

TEST_CASE("hex and base64: round trip, damage refused") {
  const Bytes bytes{0, 1, 254, 255};
  CHECK(to_hex(bytes) == "0001feff");
  CHECK(from_hex("0001FEFF") == bytes);
  CHECK_THROWS_AS(from_hex("0001f"), Error);
  CHECK_THROWS_AS(from_hex("zz"), Error);
  CHECK(from_base64(to_base64(bytes)) == bytes);
  CHECK_THROWS_AS(from_base64("AAA*"), Error);
  CHECK_THROWS_AS(from_base64("AAAA=A"), Error);
}

TEST_CASE("seal: opens under its key and purpose only, is deterministic, hides lengths below 64") {
  const Subkey key = counting_key();
  const std::string sealed = seal(key, "plan-item", "scan/a.png");
  CHECK(seal(key, "plan-item", "scan/a.png") == sealed);
  CHECK(unseal(key, "plan-item", sealed) == "scan/a.png");
  CHECK_FALSE(unseal(key, "manifest-item", sealed));
  CHECK_FALSE(unseal(key.derive("other"), "plan-item", sealed));
  CHECK(seal(key, "plan-item", "x").size() == sealed.size());
  std::string damaged = sealed;
  damaged[20] = damaged[20] == 'A' ? 'B' : 'A';
  CHECK_FALSE(unseal(key, "plan-item", damaged));
}

TEST_CASE("merkle root: shape of RFC 6962") {
  const auto leaf = [](const char* text) { return digest(nullptr, "leaf", {bytes_of(text)}); };
  const auto node = [](const Digest& a, const Digest& b) { return digest(nullptr, "merkle-node", {a, b}); };
  const std::vector<Digest> five{leaf("0"), leaf("1"), leaf("2"), leaf("3"), leaf("4")};
  CHECK(merkle_root({}) == digest(nullptr, "merkle-empty", {}));
  CHECK(merkle_root(std::span(five).first(1)) == five[0]);
  CHECK(merkle_root(std::span(five).first(3)) == node(node(five[0], five[1]), five[2]));
  CHECK(merkle_root(five) == node(node(node(five[0], five[1]), node(five[2], five[3])), five[4]));

  MerkleTree tree;
  std::vector<Digest> leaves;
  CHECK(tree.root() == merkle_root({}));
  for (std::uint8_t n = 0; n < 70; ++n) {
    leaves.push_back(digest(nullptr, "leaf", {ByteView(&n, 1)}));
    tree.add(leaves.back());
    CHECK(tree.root() == merkle_root(leaves));
  }
  CHECK(tree.leaves() == leaves.size());
}
