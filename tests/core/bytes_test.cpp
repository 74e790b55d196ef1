#include "core/bytes.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <thread>
#include <vector>

using namespace wardmark;

TEST_CASE("large blocks are aligned and never shared, on several threads") {
  std::vector<int> faults(4, 0);
  {
    std::vector<std::jthread> threads;
    for (std::size_t t = 0; t < faults.size(); ++t) {
      threads.emplace_back([t, &faults] {
        std::vector<Bytes> held(5);
        for (std::size_t turn = 0; turn < 200; ++turn) {
          Bytes& bytes = held[turn % held.size()];
          const auto last = static_cast<std::uint8_t>(turn >= held.size() ? (turn - held.size()) * 4 + t : 0);
          if (!std::ranges::all_of(bytes, [&](std::uint8_t b) { return b == last; })) ++faults[t];
          const std::size_t size = kLargeBlock - 1 + (turn * 7919 + t * 104729) % (2 * kLargeBlock);
          bytes = Bytes(size);
          if (size >= kLargeBlock && reinterpret_cast<std::uintptr_t>(bytes.data()) % 64 != 0) ++faults[t];
          std::ranges::fill(bytes, static_cast<std::uint8_t>(turn * 4 + t));
        }
      });
    }
  }
  CHECK(faults == std::vector<int>(4, 0));
}

TEST_CASE("a block is used again for a size that fits, and a larger one is fresh") {
#if !defined(__SANITIZE_ADDRESS__)
  constexpr std::size_t kSize = std::size_t{60} << 20;  // larger than anything kept so far
  void* const first = take_block(kSize);
  give_block(first);
  void* const again = take_block(kSize - kLargeBlock);
  CHECK(again == first);
  void* const other = take_block(kSize);
  CHECK(other != again);
  give_block(again);
  give_block(other);
#endif
}

TEST_CASE("a buffer grows over the border between small and large, and keeps its bytes") {
  Bytes bytes(kLargeBlock - 1, std::uint8_t{7});
  bytes.push_back(9);
  bytes.push_back(9);
  CHECK(bytes.size() == kLargeBlock + 1);
  CHECK(std::ranges::count(bytes, 7) == static_cast<std::ptrdiff_t>(kLargeBlock - 1));
}
