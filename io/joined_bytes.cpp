#include "io/joined_bytes.h"

#include <cstring>

namespace wardmark {

Bytes joined(ByteView first, ByteView second) {
  Bytes bytes(first.size() + second.size());
  if (!first.empty()) std::memcpy(bytes.data(), first.data(), first.size());
  if (!second.empty()) std::memcpy(bytes.data() + first.size(), second.data(), second.size());
  return bytes;
}

void append(Bytes& bytes, ByteView more) {
  const std::size_t size = bytes.size();
  bytes.resize(size + more.size());
  if (!more.empty()) std::memcpy(bytes.data() + size, more.data(), more.size());
}

}  // namespace wardmark
