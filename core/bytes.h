#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wardmark {

/// Allocator that leaves plain values uninitialised on resize: pixel and file buffers are written before they are
/// read, and zeroing 36 MB per picture is measurable.
template <class T>
struct Uninitialised : std::allocator<T> {
  template <class U>
  struct rebind {
    using other = Uninitialised<U>;
  };
  template <class U>
  void construct(U* p) noexcept {
    ::new (static_cast<void*>(p)) U;
  }
  template <class U, class... Args>
  void construct(U* p, Args&&... args) {
    ::new (static_cast<void*>(p)) U(std::forward<Args>(args)...);
  }
};

using Bytes = std::vector<std::uint8_t, Uninitialised<std::uint8_t>>;
using ByteView = std::span<const std::uint8_t>;

/// The bytes of a text, not owned.
inline ByteView bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline std::string_view text_of(ByteView bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

std::string to_hex(ByteView bytes);
/// Bytes of an even number of hexadecimal digits; Error(usage) otherwise.
Bytes from_hex(std::string_view hex);
std::string to_base64(ByteView bytes);
/// Bytes of standard base64 with padding; Error(record_format) otherwise.
Bytes from_base64(std::string_view text);

}  // namespace wardmark
