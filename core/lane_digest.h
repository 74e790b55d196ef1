#pragma once
#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "core/bytes.h"
#include "core/key.h"

namespace wardmark {

/// Lanes that data are dealt to, word by word.
inline constexpr std::size_t kDigestLanes = 8;

/// digest() of `shape`, the number of `data`'s bytes in decimal, and its lane hashes: for whole files and pictures. As
/// hard to forge as BLAKE2b itself and two to four times as fast, for hashing a picture must take less time than its
/// codec. Pure, thread-safe; 0.6 ms a MB with AVX2, 0.3 ms with AVX-512, 1.2 ms without. docs/formats.md, "Items".
Digest lane_digest(const Subkey* key, std::string_view purpose, std::string_view shape, ByteView data);

using LaneHashes = std::array<std::uint8_t, kDigestLanes * sizeof(Digest)>;

/// The lane hashes of data that comes in pieces: BLAKE2b-256 (RFC 7693) of every lane, one after another. 64-bit word i
/// of the data belongs to lane i mod 8; zeros fill the last 1024 bytes, and no data are 1024 zeros. A value type; not
/// thread-safe.
class LaneHash {
 public:
  LaneHash();
  /// For tests: `width` lanes at a time, one of lane_widths().
  explicit LaneHash(std::size_t width);
  void add(ByteView piece);
  std::uint64_t bytes() const { return bytes_; }
  /// Once, after the last piece.
  LaneHashes finish();

  /// RFC 7693's chaining values, by word and lane.
  struct State {
    std::uint64_t h[8][kDigestLanes];
    std::uint64_t count = 0;  ///< bytes of each lane so far
  };

 private:
  static constexpr std::size_t kStep = kDigestLanes * 128;
  void (*absorb_)(State&, const std::uint8_t*, std::size_t, bool);
  State state_;
  std::array<std::uint8_t, kStep> held_;  ///< the last, perhaps unfinished, step
  std::size_t held_bytes_ = 0;
  std::uint64_t bytes_ = 0;
};

/// How many lanes this build and processor can take at a time, ascending.
std::vector<std::size_t> lane_widths();
/// lane_digest() of `bytes` bytes with these lane hashes.
Digest lane_digest(const Subkey* key, std::string_view purpose, std::string_view shape, const LaneHashes& lanes,
                   std::uint64_t bytes);
/// lane_digest() of what `hash` took.
Digest lane_digest(const Subkey* key, std::string_view purpose, std::string_view shape, LaneHash& hash);

}  // namespace wardmark
