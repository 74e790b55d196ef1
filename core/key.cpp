#include "core/key.h"

#include <sodium.h>

#include <algorithm>

#include "core/error.h"

namespace wardmark {
namespace {

/// BLAKE2b-256 fed with length-prefixed fields.
class Blake {
 public:
  explicit Blake(const Subkey* key) {
    const ByteView secret = key ? key->bytes() : ByteView{};
    crypto_generichash_init(&state_, key ? secret.data() : nullptr, secret.size(), sizeof(Digest));
  }
  void field(ByteView bytes) {
    begin_field(bytes.size());
    add(bytes);
  }
  void begin_field(std::uint64_t bytes) {
    std::array<std::uint8_t, 8> length;
    for (std::size_t i = 0; i < length.size(); ++i) length[i] = static_cast<std::uint8_t>(bytes >> (8 * i));
    add(length);
  }
  void add(ByteView bytes) { crypto_generichash_update(&state_, bytes.data(), bytes.size()); }
  Digest end() {
    Digest digest;
    crypto_generichash_final(&state_, digest.data(), digest.size());
    return digest;
  }

 private:
  crypto_generichash_state state_;
};

}  // namespace

Subkey::Subkey(ByteView bytes) {
  if (bytes.size() != kBytes) broken_promise("a subkey has 32 bytes");
  std::ranges::copy(bytes, bytes_.begin());
}

Subkey::~Subkey() { sodium_memzero(bytes_.data(), bytes_.size()); }

bool operator==(const Subkey& a, const Subkey& b) {
  return sodium_memcmp(a.bytes_.data(), b.bytes_.data(), Subkey::kBytes) == 0;
}

Subkey Subkey::derive(std::string_view purpose, std::initializer_list<std::string_view> fields) const {
  Blake blake(this);
  blake.field(bytes_of(purpose));
  for (const std::string_view field : fields) blake.field(bytes_of(field));
  Digest child = blake.end();
  const Subkey key{ByteView(child)};
  sodium_memzero(child.data(), child.size());
  return key;
}

Digest digest(const Subkey* key, std::string_view purpose, std::initializer_list<ByteView> fields) {
  Blake blake(key);
  blake.field(bytes_of(purpose));
  for (const ByteView field : fields) blake.field(field);
  return blake.end();
}

struct FieldDigest::State {
  Blake blake;
  std::uint64_t left;
};

FieldDigest::FieldDigest(const Subkey* key, std::string_view purpose, std::uint64_t length)
    : state_(new State{Blake(key), length}) {
  state_->blake.field(bytes_of(purpose));
  state_->blake.begin_field(length);
}
FieldDigest::~FieldDigest() = default;
FieldDigest::FieldDigest(FieldDigest&&) noexcept = default;

void FieldDigest::add(ByteView piece) {
  if (piece.size() > state_->left) broken_promise("a field longer than was said");
  state_->left -= piece.size();
  state_->blake.add(piece);
}

Digest FieldDigest::end() {
  if (state_->left != 0) broken_promise("a field shorter than was said");
  return state_->blake.end();
}

std::string to_hex(const Digest& d) { return to_hex(ByteView(d)); }

Digest digest_from_hex(std::string_view hex) {
  Digest d{};
  if (hex.size() != 2 * d.size()) throw Error(Code::record_format, "a digest has 64 hexadecimal digits");
  std::ranges::copy(from_hex(hex), d.begin());
  return d;
}

}  // namespace wardmark
