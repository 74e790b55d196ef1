#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "core/key.h"

namespace wardmark {

/// The secret everything derives from, as kept in a key file. Its memory is locked (where the system allows) and wiped;
/// it moves but does not copy.
class OwnerKey {
 public:
  enum class Rank {
    master,   ///< opens every release of the owner
    release,  ///< `keygen --derive NAME`: opens the releases of one name; the master stays offline
  };

  /// A new master from the system's random source.
  static OwnerKey generate();
  /// The key of one release name (NFC, at most 200 bytes); made from a master only: Error(usage) otherwise.
  OwnerKey derive(std::string_view release_name) const;
  /// Reads a key file's text. Error(key_format), (key_version) or (key_passphrase).
  static OwnerKey parse(std::string_view text, std::optional<std::string_view> passphrase = {});
  /// The key file's text (docs/formats.md, "Key file"); with a passphrase the secret is sealed by crypto_pwhash
  /// (Argon2id, 256 MiB) and XChaCha20-Poly1305.
  std::string format(std::optional<std::string_view> passphrase = {}) const;

  Rank rank() const { return rank_; }
  const std::string& release_name() const { return release_name_; }  ///< empty for a master
  /// The key of release `name`: derived from a master, or this key itself when the names agree; Error(key_wrong).
  Subkey name_key(std::string_view name) const;
  /// Lets the master find the name of a release again: the name sealed under the master (base64).
  std::string name_token(std::string_view name) const;
  /// The release name behind a token: opened by the master, or this key's own when the token is its own.
  std::optional<std::string> open_name_token(std::string_view token) const;
  /// Of the ledger beside the key file.
  Subkey ledger_key() const;
  /// Public name of the key, "wm-" and 16 hexadecimal digits; reveals nothing.
  std::string public_id() const;

  OwnerKey(OwnerKey&& other) noexcept;
  OwnerKey& operator=(OwnerKey&&) = delete;
  OwnerKey(const OwnerKey&) = delete;
  ~OwnerKey();

 private:
  OwnerKey(Rank rank, const Subkey& secret, std::string name, std::string token);
  std::string body() const;

  Rank rank_;
  Subkey secret_;
  std::string release_name_;
  std::string token_;
};

}  // namespace wardmark
