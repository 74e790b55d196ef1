#include "core/stamp_request.h"

#include <sodium.h>

#include <string>

namespace wardmark {

Digest stamp_imprint(int number, const Digest& commitment) {
  const std::string text = "commitment_" + std::to_string(number) + " " + to_hex(ByteView(commitment)) + "\n";
  Digest hash;
  static_assert(sizeof hash == crypto_hash_sha256_BYTES);
  crypto_hash_sha256(hash.data(), reinterpret_cast<const unsigned char*>(text.data()), text.size());
  return hash;
}

Bytes stamp_request(int number, const Digest& commitment) {
  // TimeStampReq: version 1, SHA-256 (2.16.840.1.101.3.4.2.1) and the hash, certReq TRUE; DER.
  Bytes request = {0x30, 0x39, 0x02, 0x01, 0x01, 0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60,
                   0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20};
  const Digest hash = stamp_imprint(number, commitment);
  request.insert(request.end(), hash.begin(), hash.end());
  request.insert(request.end(), {0x01, 0x01, 0xff});
  return request;
}

}  // namespace wardmark
