#include "core/owner_key.h"

#include <sodium.h>

#include <array>
#include <sstream>
#include <vector>

#include "core/error.h"
#include "core/seal.h"

namespace wardmark {
namespace {

constexpr std::string_view kMagic = "wardmark-key-1";
constexpr std::string_view kRemark =
    "# wardmark key. Keep it secret and keep a copy: whoever holds it can find and forge your marks,\n"
    "# and without it no release can be verified.\n";
constexpr std::size_t kPasswordMemory = std::size_t{256} << 20;
constexpr unsigned long long kPasswordPasses = 3;

std::string checksum(std::string_view body) {
  return to_hex(digest(nullptr, "key-file", {bytes_of(body)})).substr(0, 8);
}

/// Words of the one line that is neither empty nor a remark.
std::vector<std::string> key_words(std::string_view text) {
  std::istringstream lines{std::string(text)};
  std::vector<std::string> words;
  for (std::string line; std::getline(lines, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (line.empty() || line.front() == '#') continue;
    if (!words.empty()) throw Error(Code::key_format, "more than one key in the file", "keep one key per file");
    std::istringstream parts(line);
    for (std::string word; parts >> word;) words.push_back(word);
  }
  return words;
}

Bytes key_hex(std::string_view hex, std::size_t bytes) {
  try {
    Bytes out = from_hex(hex);
    if (out.size() == bytes) return out;
  } catch (const Error&) {
  }
  throw Error(Code::key_format, "a field of the key has the wrong length or letters", "restore the file from a copy");
}

Subkey password_key(std::string_view passphrase, ByteView salt) {
  std::array<std::uint8_t, Subkey::kBytes> out{};
  if (crypto_pwhash(out.data(), out.size(), passphrase.data(), passphrase.size(), salt.data(), kPasswordPasses,
                    kPasswordMemory, crypto_pwhash_ALG_ARGON2ID13) != 0) {
    throw Error(Code::out_of_memory, "not enough memory for the passphrase hash (256 MiB)");
  }
  const Subkey key{ByteView(out)};
  sodium_memzero(out.data(), out.size());
  return key;
}

}  // namespace

OwnerKey::OwnerKey(Rank rank, const Subkey& secret, std::string name, std::string token)
    : rank_(rank), secret_(secret), release_name_(std::move(name)), token_(std::move(token)) {
  sodium_mlock(&secret_, sizeof secret_);  // refused by small limits; the key is wiped all the same
}

OwnerKey::OwnerKey(OwnerKey&& other) noexcept
    : rank_(other.rank_),
      secret_(other.secret_),
      release_name_(std::move(other.release_name_)),
      token_(std::move(other.token_)) {
  sodium_mlock(&secret_, sizeof secret_);
  other.secret_ = Subkey();
}

OwnerKey::~OwnerKey() { sodium_munlock(&secret_, sizeof secret_); }

OwnerKey OwnerKey::generate() {
  std::array<std::uint8_t, Subkey::kBytes> bytes{};
  randombytes_buf(bytes.data(), bytes.size());
  OwnerKey key(Rank::master, Subkey{ByteView(bytes)}, {}, {});
  sodium_memzero(bytes.data(), bytes.size());
  return key;
}

OwnerKey OwnerKey::derive(std::string_view release_name) const {
  if (rank_ != Rank::master) {
    throw Error(Code::usage, "only a master key derives release keys, this one is of release '" + release_name_ + "'");
  }
  return OwnerKey(Rank::release, name_key(release_name), std::string(release_name), name_token(release_name));
}

Subkey OwnerKey::name_key(std::string_view name) const {
  if (name.empty() || name.size() > 200) {
    throw Error(Code::usage, "a release name has 1 to 200 bytes", "choose one with --release NAME");
  }
  if (rank_ == Rank::master) return secret_.derive("release-name", {name});
  if (name == release_name_) return secret_;
  throw Error(Code::key_wrong, "the key is of release '" + release_name_ + "', not of '" + std::string(name) + "'",
              "use the master key, or --release " + release_name_);
}

std::string OwnerKey::name_token(std::string_view name) const {
  if (rank_ == Rank::release) return token_;
  return seal(secret_.derive("name-token"), "name", name);
}

std::optional<std::string> OwnerKey::open_name_token(std::string_view token) const {
  if (rank_ == Rank::release) return token == token_ ? std::optional(release_name_) : std::nullopt;
  return unseal(secret_.derive("name-token"), "name", token);
}

Subkey OwnerKey::ledger_key() const { return secret_.derive("ledger"); }

std::string OwnerKey::public_id() const { return "wm-" + to_hex(digest(&secret_, "public-id", {})).substr(0, 16); }

std::string OwnerKey::body() const {
  std::string line(kMagic);
  line += rank_ == Rank::master ? " master " : " release ";
  line += to_hex(secret_.bytes());
  if (rank_ == Rank::release) line += " " + to_hex(bytes_of(release_name_)) + " " + token_;
  return line;
}

std::string OwnerKey::format(std::optional<std::string_view> passphrase) const {
  std::string line = body();
  if (passphrase) {
    std::array<std::uint8_t, crypto_pwhash_SALTBYTES> salt{};
    randombytes_buf(salt.data(), salt.size());
    const Subkey lock = password_key(*passphrase, salt);
    line = std::string(kMagic) + " sealed " + to_hex(ByteView(salt)) + " " + seal(lock, "key-file", line);
  }
  return std::string(kRemark) + line + " " + checksum(line) + "\n";
}

OwnerKey OwnerKey::parse(std::string_view text, std::optional<std::string_view> passphrase) {
  if (text.size() > 65536) throw Error(Code::key_format, "not a key file: larger than 64 KiB");
  std::vector<std::string> words = key_words(text);
  if (words.empty() || !words[0].starts_with("wardmark-key-")) {
    throw Error(Code::key_format, "not a wardmark key", "make one with: wardmark keygen -o owner.key");
  }
  if (words[0] != kMagic) {
    throw Error(Code::key_version, "key of version '" + words[0] + "', this program knows " + std::string(kMagic),
                "use a newer wardmark");
  }
  const std::string sum = words.back();
  words.pop_back();
  std::string line;
  for (const std::string& word : words) line += (line.empty() ? "" : " ") + word;
  if (words.size() < 3 || checksum(line) != sum) {
    throw Error(Code::key_format, "the key's checksum does not fit: the file is damaged or cut short",
                "restore the file from a copy");
  }
  const std::string& rank = words[1];
  if (rank == "sealed" && words.size() == 4) {
    if (!passphrase) throw Error(Code::key_passphrase, "the key is sealed by a passphrase", "add --passphrase-fd FD");
    const Subkey lock = password_key(*passphrase, key_hex(words[2], crypto_pwhash_SALTBYTES));
    const auto inner = unseal(lock, "key-file", words[3]);
    if (!inner) throw Error(Code::key_passphrase, "wrong passphrase");
    return parse(*inner + " " + checksum(*inner));
  }
  const bool master = rank == "master" && words.size() == 3;
  const bool release = rank == "release" && words.size() == 5;
  if (!master && !release) throw Error(Code::key_format, "unknown kind of key '" + rank + "'");
  const Subkey secret{ByteView(key_hex(words[2], Subkey::kBytes))};
  if (master) return OwnerKey(Rank::master, secret, {}, {});
  const Bytes name = from_hex(words[3]);
  return OwnerKey(Rank::release, secret, std::string(text_of(name)), words[4]);
}

}  // namespace wardmark
