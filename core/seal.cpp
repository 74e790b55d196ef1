#include "core/seal.h"

#include <sodium.h>

#include <algorithm>

#include "core/error.h"

namespace wardmark {
namespace {

constexpr std::size_t kPad = 64;
constexpr std::size_t kNonce = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t kTag = crypto_aead_xchacha20poly1305_ietf_ABYTES;

}  // namespace

std::string seal(const Subkey& key, std::string_view purpose, std::string_view text) {
  std::string padded(text);
  padded.resize((text.size() + kPad - 1) / kPad * kPad, ' ');
  const Bytes out = seal_bytes(key, purpose, bytes_of(padded));
  sodium_memzero(padded.data(), padded.size());
  return to_base64(out);
}

std::optional<std::string> unseal(const Subkey& key, std::string_view purpose, std::string_view sealed_base64) {
  const std::optional<Bytes> bytes = unseal_bytes(key, purpose, from_base64(sealed_base64));
  if (!bytes) return std::nullopt;
  std::string text(text_of(*bytes));
  const std::size_t end = text.find_last_not_of(' ');
  text.resize(end == std::string::npos ? 0 : end + 1);
  return text;
}

Bytes seal_bytes(const Subkey& key, std::string_view purpose, ByteView bytes) {
  const Subkey cipher_key = key.derive("seal-cipher");
  const Subkey nonce_key = key.derive("seal-nonce");
  const Digest nonce = digest(&nonce_key, purpose, {bytes});
  Bytes out(kNonce + bytes.size() + kTag);
  std::copy_n(nonce.begin(), kNonce, out.begin());
  crypto_aead_xchacha20poly1305_ietf_encrypt(out.data() + kNonce, nullptr, bytes.data(), bytes.size(),
                                             bytes_of(purpose).data(), purpose.size(), nullptr, out.data(),
                                             cipher_key.bytes().data());
  return out;
}

std::optional<Bytes> unseal_bytes(const Subkey& key, std::string_view purpose, ByteView sealed) {
  if (sealed.size() < kNonce + kTag) return std::nullopt;
  const Subkey cipher_key = key.derive("seal-cipher");
  Bytes bytes(sealed.size() - kNonce - kTag);
  const int bad = crypto_aead_xchacha20poly1305_ietf_decrypt(bytes.data(), nullptr, nullptr, sealed.data() + kNonce,
                                                             sealed.size() - kNonce, bytes_of(purpose).data(),
                                                             purpose.size(), sealed.data(), cipher_key.bytes().data());
  if (bad != 0) return std::nullopt;
  return bytes;
}

}  // namespace wardmark
