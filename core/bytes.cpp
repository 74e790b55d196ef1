#include "core/bytes.h"

#include <sodium.h>
#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <mutex>

#include "core/error.h"

namespace wardmark {
namespace {

// With a sanitizer the allocator it watches is used, so that it sees faults.
#if defined(__SANITIZE_ADDRESS__)
constexpr bool kReuse = false;
#elif defined(__has_feature)
constexpr bool kReuse = !__has_feature(address_sanitizer);
#else
constexpr bool kReuse = true;
#endif

/// What stands before every block.
struct alignas(64) Head {
  std::size_t size;  ///< of the mapping
};

/// Blocks that are free, oldest first.
class FreeBlocks {
 public:
  /// The smallest block of `size` or more, or null.
  Head* take(std::size_t size) {
    const std::scoped_lock held(lock_);
    std::size_t best = used_;
    for (std::size_t i = 0; i < used_; ++i) {
      const std::size_t kept = kept_[i]->size;
      if (kept >= size && (best == used_ || kept < kept_[best]->size)) best = i;
    }
    return best == used_ ? nullptr : remove(best);
  }
  /// The largest block, or null: it may be made larger.
  Head* take_largest() {
    const std::scoped_lock held(lock_);
    if (used_ == 0) return nullptr;
    const auto largest = std::max_element(kept_.begin(), kept_.begin() + static_cast<std::ptrdiff_t>(used_),
                                          [](const Head* a, const Head* b) { return a->size < b->size; });
    return remove(static_cast<std::size_t>(largest - kept_.begin()));
  }
  /// Keeps `block`; older ones leave for it.
  void keep(Head* block) {
    if (block->size > kLargestKept) return release(block);
    const std::scoped_lock held(lock_);
    while (used_ == kept_.size() || bytes_ + block->size > kMostBytes) release(remove(0));
    kept_[used_++] = block;
    bytes_ += block->size;
  }

 private:
  static constexpr std::size_t kMostBytes = std::size_t{256} << 20;
  static constexpr std::size_t kLargestKept = std::size_t{64} << 20;  // of objects larger than that memory is dear
  static void release(Head* block) { ::munmap(block, block->size); }
  Head* remove(std::size_t i) {
    Head* const block = kept_[i];
    bytes_ -= block->size;
    std::copy(kept_.begin() + static_cast<std::ptrdiff_t>(i) + 1, kept_.begin() + static_cast<std::ptrdiff_t>(used_--),
              kept_.begin() + static_cast<std::ptrdiff_t>(i));
    return block;
  }

  std::mutex lock_;
  std::array<Head*, 64> kept_{};
  std::size_t used_ = 0;
  std::size_t bytes_ = 0;
};

constexpr std::size_t kHugePage = std::size_t{2} << 20;

/// `size` bytes of fresh address space that begin with a huge page, so that the system can use those; null for none.
void* fresh_mapping(std::size_t size) {
  const std::size_t wide = size + kHugePage;
  void* const mapped = ::mmap(nullptr, wide, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED) return nullptr;
  const std::uintptr_t from = reinterpret_cast<std::uintptr_t>(mapped);
  const std::size_t before = (kHugePage - from % kHugePage) % kHugePage;
  std::uint8_t* const begin = static_cast<std::uint8_t*>(mapped) + before;
  if (before > 0) ::munmap(mapped, before);
  if (before < kHugePage) ::munmap(begin + size, kHugePage - before);
  ::madvise(begin, size, MADV_HUGEPAGE);  // a wish: fewer page faults
  return begin;
}

/// `block` with room for `size`, its pages kept: only those added are fresh. Null when there is none, or no room.
Head* grown(Head* block, std::size_t size) {
  if (block == nullptr) return nullptr;
  void* const place = fresh_mapping(size);
  void* const moved =
      place == nullptr ? MAP_FAILED : ::mremap(block, block->size, size, MREMAP_MAYMOVE | MREMAP_FIXED, place);
  if (moved == MAP_FAILED) {
    if (place != nullptr) ::munmap(place, size);
    ::munmap(block, block->size);
    return nullptr;
  }
  ::madvise(moved, size, MADV_HUGEPAGE);
  return ::new (moved) Head{size};
}

/// Never destroyed: blocks may be given back while the program ends.
FreeBlocks& free_blocks() {
  static FreeBlocks* const kept = new FreeBlocks;
  return *kept;
}

}  // namespace

void* take_block(std::size_t bytes) {
  if (!kReuse) return ::operator new(bytes);
  const std::size_t size = (bytes + sizeof(Head) + kHugePage - 1) / kHugePage * kHugePage;
  Head* block = free_blocks().take(size);
  if (block == nullptr) block = grown(free_blocks().take_largest(), size);
  if (block == nullptr) {
    void* const fresh = fresh_mapping(size);
    if (fresh == nullptr) throw std::bad_alloc();
    block = ::new (fresh) Head{size};
  }
  return block + 1;
}

void give_block(void* block) noexcept {
  if (!kReuse) return ::operator delete(block);
  free_blocks().keep(static_cast<Head*>(block) - 1);
}

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
