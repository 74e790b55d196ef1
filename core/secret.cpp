#include "core/secret.h"

#include <sodium.h>

#include "core/error.h"

namespace wardmark {

void start_crypto() {
  if (sodium_init() < 0) broken_promise("libsodium does not start");
}

void wipe(std::string& text) { sodium_memzero(text.data(), text.size()); }

void wipe(std::span<char> bytes) { sodium_memzero(bytes.data(), bytes.size()); }

}  // namespace wardmark
