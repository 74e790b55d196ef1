#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wardmark {

/// Blocks from this size on are kept for reuse by take_block() and give_block().
inline constexpr std::size_t kLargeBlock = std::size_t{1} << 20;

/// Memory of `bytes` or more, aligned to 64, contents undefined: a kept block where one fits, else fresh from the
/// system. Whole pictures come and go once an item, and the page faults of fresh memory cost as much as a JPEG codec.
/// std::bad_alloc when there is none. Thread-safe.
void* take_block(std::size_t bytes);
/// Gives back what take_block() returned. At most 64 blocks of up to 64 MiB, 256 MiB in all, are kept, the newest.
/// Builds with a sanitizer keep none. Thread-safe.
void give_block(void* block) noexcept;

/// Allocator that leaves plain values uninitialised on resize: pixel and file buffers are written before they are
/// read, and zeroing 36 MB per picture is measurable. Large buffers are reused, see take_block().
template <class T>
struct Uninitialised : std::allocator<T> {
  T* allocate(std::size_t n) {
    if (n < kLargeBlock / sizeof(T)) return std::allocator<T>::allocate(n);
    if (n > SIZE_MAX / 2 / sizeof(T)) throw std::bad_array_new_length();
    return static_cast<T*>(take_block(n * sizeof(T)));
  }
  void deallocate(T* p, std::size_t n) noexcept {
    if (n < kLargeBlock / sizeof(T)) return std::allocator<T>::deallocate(p, n);
    give_block(p);
  }
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

/// Values that are written before they are read.
template <class T>
using Raw = std::vector<T, Uninitialised<T>>;
using Bytes = Raw<std::uint8_t>;
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
