#include "core/owner_key.h"

#include <doctest/doctest.h>

#include <string>

#include "core/error.h"

using namespace wardmark;

namespace {

Code parse_code(const std::string& text) {
  try {
    OwnerKey::parse(text);
  } catch (const Error& error) {
    return error.code();
  }
  return Code::bug;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  return text.replace(text.find(from), from.size(), to);
}

// Made once by this program; a later version must read it for ever.
const std::string kVector = "wardmark-key-1 master 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f ";

}  // namespace

TEST_CASE("key file: the pinned version 1 text is read, its name keys follow the derivation") {
  const std::string body = kVector.substr(0, kVector.size() - 1);
  const std::string sum = to_hex(digest(nullptr, "key-file", {bytes_of(body)})).substr(0, 8);
  CHECK(sum == "802dadca");
  const OwnerKey key = OwnerKey::parse("# a remark\r\n\r\n" + kVector + sum + "\r\n");
  CHECK(key.rank() == OwnerKey::Rank::master);
  CHECK(to_hex(key.name_key("scans").bytes()) == "4a74585469f42b484a47f3f960f6b173a5e3f71d058bc499d5387975b854da84");
}

TEST_CASE("key file: round trip; two keys differ; the text says what it is") {
  const OwnerKey key = OwnerKey::generate();
  const std::string text = key.format();
  CHECK(text.starts_with("# wardmark key. Keep it secret"));
  CHECK(OwnerKey::parse(text).public_id() == key.public_id());
  CHECK(OwnerKey::generate().public_id() != key.public_id());
  CHECK(text.find(key.public_id().substr(3)) == std::string::npos);
}

TEST_CASE("key file: damage is named, never accepted") {
  const std::string text = OwnerKey::generate().format();
  CHECK(parse_code("") == Code::key_format);
  CHECK(parse_code("-----BEGIN OPENSSH PRIVATE KEY-----\n") == Code::key_format);
  CHECK(parse_code(replaced(text, "wardmark-key-1", "wardmark-key-2")) == Code::key_version);
  CHECK(parse_code(text.substr(0, text.size() - 4)) == Code::key_format);
  CHECK(parse_code(text + text) == Code::key_format);
  CHECK(parse_code(std::string(70000, 'x')) == Code::key_format);
  const std::size_t digit = text.find(" master ") + 20;
  std::string flipped = text;
  flipped[digit] = flipped[digit] == '0' ? '1' : '0';
  CHECK(parse_code(flipped) == Code::key_format);
}

TEST_CASE("release key: same marks as the master, opens no other name, reveals no master") {
  const OwnerKey master = OwnerKey::generate();
  const OwnerKey derived = OwnerKey::parse(master.derive("spring").format());
  CHECK(derived.rank() == OwnerKey::Rank::release);
  CHECK(derived.name_key("spring") == master.name_key("spring"));
  CHECK_THROWS_AS(derived.name_key("autumn"), Error);
  CHECK_THROWS_AS(derived.derive("autumn"), Error);
  CHECK(derived.name_token("spring") == master.name_token("spring"));
  CHECK(master.open_name_token(derived.name_token("spring")) == "spring");
  CHECK(derived.open_name_token(master.name_token("spring")) == "spring");
  CHECK_FALSE(derived.open_name_token(master.name_token("autumn")));
  CHECK_FALSE(OwnerKey::generate().open_name_token(master.name_token("spring")));
}

TEST_CASE("passphrase: opens with the right one only") {
  const OwnerKey key = OwnerKey::generate();
  const std::string text = key.format("correct horse");
  CHECK(text.find(" master ") == std::string::npos);
  CHECK(parse_code(text) == Code::key_passphrase);
  CHECK(OwnerKey::parse(text, "correct horse").public_id() == key.public_id());
  CHECK_THROWS_AS(OwnerKey::parse(text, "wrong horse"), Error);
}
