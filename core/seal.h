#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "core/bytes.h"
#include "core/key.h"

namespace wardmark {

/// Deterministic authenticated encryption of short texts: XChaCha20-Poly1305 whose nonce is a keyed hash of purpose and
/// text, so that a plan is a pure function of its inputs (equal texts give equal seals; every sealed line holds a
/// unique item id). Texts are padded with spaces to a multiple of 64 bytes: a seal tells little about the length.
std::string seal(const Subkey& key, std::string_view purpose, std::string_view text);
/// The text, without padding; empty optional when key or purpose differ or the seal is damaged.
std::optional<std::string> unseal(const Subkey& key, std::string_view purpose, std::string_view sealed_base64);

/// The same for bytes, not padded, not in base64: nonce and box.
Bytes seal_bytes(const Subkey& key, std::string_view purpose, ByteView bytes);
std::optional<Bytes> unseal_bytes(const Subkey& key, std::string_view purpose, ByteView sealed);

}  // namespace wardmark
