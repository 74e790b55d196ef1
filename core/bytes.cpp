#include "core/bytes.h"

#include <sodium.h>

#include "core/error.h"

namespace wardmark {

std::string to_hex(ByteView bytes) {
  std::string text(bytes.size() * 2 + 1, '\0');
  sodium_bin2hex(text.data(), text.size(), bytes.data(), bytes.size());
  text.pop_back();
  return text;
}

Bytes from_hex(std::string_view hex) {
  Bytes bytes(hex.size() / 2);
  std::size_t used = 0;
  const bool whole = hex.size() % 2 == 0 &&
                     sodium_hex2bin(bytes.data(), bytes.size(), hex.data(), hex.size(), nullptr, &used, nullptr) == 0 &&
                     used == bytes.size();
  if (!whole) throw Error(Code::usage, "not a hexadecimal number: '" + std::string(hex.substr(0, 80)) + "'");
  return bytes;
}

std::string to_base64(ByteView bytes) {
  std::string text(sodium_base64_encoded_len(bytes.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(text.data(), text.size(), bytes.data(), bytes.size(), sodium_base64_VARIANT_ORIGINAL);
  text.pop_back();
  return text;
}

Bytes from_base64(std::string_view text) {
  Bytes bytes(text.size() / 4 * 3 + 3);
  std::size_t used = 0;
  const char* end = nullptr;
  const int bad = sodium_base642bin(bytes.data(), bytes.size(), text.data(), text.size(), nullptr, &used, &end,
                                    sodium_base64_VARIANT_ORIGINAL);
  if (bad != 0 || end != text.data() + text.size()) throw Error(Code::record_format, "damaged base64 text");
  bytes.resize(used);
  return bytes;
}

}  // namespace wardmark
