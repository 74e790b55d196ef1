#pragma once
#include <array>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/bytes.h"

namespace wardmark {

/// 32 secret bytes that wipe themselves. Copies are allowed; each wipes its own memory.
class Subkey {
 public:
  static constexpr std::size_t kBytes = 32;
  Subkey() = default;
  explicit Subkey(ByteView bytes);
  Subkey(const Subkey&) = default;
  Subkey& operator=(const Subkey&) = default;
  ~Subkey();
  ByteView bytes() const { return bytes_; }
  friend bool operator==(const Subkey& a, const Subkey& b);  ///< constant time

  /// Keyed BLAKE2b-256 of length-prefixed fields (docs/formats.md, "Derivation"): the child for `purpose` and fields.
  /// Different purposes or fields give independent keys; a child reveals neither parent nor siblings.
  Subkey derive(std::string_view purpose, std::initializer_list<std::string_view> fields = {}) const;

 private:
  std::array<std::uint8_t, kBytes> bytes_{};
};

using Digest = std::array<std::uint8_t, 32>;
/// BLAKE2b-256 over purpose and fields, each preceded by its length as 64-bit little endian; `key` may be null.
Digest digest(const Subkey* key, std::string_view purpose, std::initializer_list<ByteView> fields);
/// The same of one field that comes in pieces; its length is said first. Error where it was another.
class FieldDigest {
 public:
  FieldDigest(const Subkey* key, std::string_view purpose, std::uint64_t length);
  ~FieldDigest();
  FieldDigest(FieldDigest&&) noexcept;
  void add(ByteView piece);
  Digest end();

 private:
  struct State;
  std::unique_ptr<State> state_;
};
inline std::string_view text_of(const Digest& d) { return {reinterpret_cast<const char*>(d.data()), d.size()}; }
std::string to_hex(const Digest& d);
/// Digest of 64 hexadecimal digits; Error(record_format) otherwise.
Digest digest_from_hex(std::string_view hex);

}  // namespace wardmark
