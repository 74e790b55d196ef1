#include "core/lane_digest.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <string>
#include <vector>

#include "core/error.h"

// Wider versions are chosen while the program runs; the bytes are the same.
#if defined(WARDMARK_SIMD) && defined(__x86_64__) && defined(__gnu_linux__)
#define WARDMARK_AVX2 __attribute__((target("avx2")))
#define WARDMARK_AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,prefer-vector-width=512")))
#endif
#define WARDMARK_INLINE [[gnu::always_inline]] inline

namespace wardmark {
namespace {

constexpr std::size_t kWords = 16;  ///< of one lane in one step
constexpr std::size_t kLaneStep = kWords * sizeof(std::uint64_t);
constexpr std::size_t kStep = kDigestLanes * kLaneStep;
constexpr std::size_t kPlainWidth = 2;  ///< lanes at once that every processor's vectors hold

/// One word of each of `kWidth` lanes.
template <std::size_t kWidth>
using Lanes [[gnu::vector_size(kWidth * sizeof(std::uint64_t))]] = std::uint64_t;

// RFC 7693.
constexpr std::array<std::uint64_t, 8> kStart = {0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b,
                                                 0xa54ff53a5f1d36f1, 0x510e527fade682d1, 0x9b05688c2b3e6c1f,
                                                 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179};
constexpr std::uint64_t kParameters = 0x01010000 | sizeof(Digest);  ///< no key, no tree, 32 bytes
constexpr std::uint8_t kOrder[10][kWords] = {
    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}, {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
    {11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4}, {7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8},
    {9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13}, {2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9},
    {12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11}, {13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10},
    {6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5}, {10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0}};

using State = LaneHash::State;

/// Every word turned right by kBits, in place. Whole bytes are one shuffle of 32-byte vectors; 64-byte vectors have an
/// instruction for all.
template <int kBits, class T>
WARDMARK_INLINE void turn(T& x) {
  if constexpr (kBits % 8 == 0 && sizeof(T) == 32) {
    using Octets [[gnu::vector_size(sizeof(T))]] = std::uint8_t;
    const Octets b = reinterpret_cast<const Octets&>(x);
    constexpr int k = kBits / 8;
#define WARDMARK_WORD(at)                                                                                     \
  at + (0 + k) % 8, at + (1 + k) % 8, at + (2 + k) % 8, at + (3 + k) % 8, at + (4 + k) % 8, at + (5 + k) % 8, \
      at + (6 + k) % 8, at + (7 + k) % 8
    const Octets turned =
        __builtin_shufflevector(b, b, WARDMARK_WORD(0), WARDMARK_WORD(8), WARDMARK_WORD(16), WARDMARK_WORD(24));
#undef WARDMARK_WORD
    x = reinterpret_cast<const T&>(turned);
  } else {
    x = (x >> kBits) | (x << (64 - kBits));
  }
}

template <class T>
WARDMARK_INLINE void mix(T& a, T& b, T& c, T& d, const T& x, const T& y) {
  a += b + x;
  d ^= a;
  turn<32>(d);
  c += d;
  b ^= c;
  turn<24>(b);
  a += b + y;
  d ^= a;
  turn<16>(d);
  c += d;
  b ^= c;
  turn<63>(b);
}

/// One step of kWidth lanes from lane `first` on; `count` and `last` as in the RFC.
template <std::size_t kWidth>
WARDMARK_INLINE void compress(State& state, const std::uint8_t* from, std::size_t first, std::uint64_t count,
                              bool last) {
  using T = Lanes<kWidth>;
  T m[kWords];
  for (std::size_t i = 0; i < kWords; ++i) {
    std::memcpy(&m[i], from + (i * kDigestLanes + first) * sizeof(std::uint64_t), sizeof(T));
  }
  T v[16] = {};  // g++ 12 cannot see that the loop fills it
  for (std::size_t i = 0; i < 8; ++i) {
    std::memcpy(&v[i], &state.h[i][first], sizeof(T));
    v[i + 8] = T{} + kStart[i];
  }
  v[12] ^= T{} + count;
  if (last) v[14] = ~v[14];
#pragma GCC unroll 12
  for (int round = 0; round < 12; ++round) {
    const std::uint8_t* o = kOrder[round % 10];
    mix(v[0], v[4], v[8], v[12], m[o[0]], m[o[1]]);
    mix(v[1], v[5], v[9], v[13], m[o[2]], m[o[3]]);
    mix(v[2], v[6], v[10], v[14], m[o[4]], m[o[5]]);
    mix(v[3], v[7], v[11], v[15], m[o[6]], m[o[7]]);
    mix(v[0], v[5], v[10], v[15], m[o[8]], m[o[9]]);
    mix(v[1], v[6], v[11], v[12], m[o[10]], m[o[11]]);
    mix(v[2], v[7], v[8], v[13], m[o[12]], m[o[13]]);
    mix(v[3], v[4], v[9], v[14], m[o[14]], m[o[15]]);
  }
  for (std::size_t i = 0; i < 8; ++i) {
    T h;
    std::memcpy(&h, &state.h[i][first], sizeof(T));
    h ^= v[i] ^ v[i + 8];
    std::memcpy(&state.h[i][first], &h, sizeof(T));
  }
}

/// `steps` whole steps of kStep bytes; `last`: the final one ends the message.
template <std::size_t kWidth>
WARDMARK_INLINE void absorb_body(State& state, const std::uint8_t* from, std::size_t steps, bool last) {
  for (; steps > 0; --steps, from += kStep) {
    state.count += kLaneStep;
    for (std::size_t first = 0; first < kDigestLanes; first += kWidth) {
      compress<kWidth>(state, from, first, state.count, last && steps == 1);
    }
  }
}

void absorb_plain(State& state, const std::uint8_t* from, std::size_t steps, bool last) {
  absorb_body<kPlainWidth>(state, from, steps, last);
}

#ifdef WARDMARK_AVX2
WARDMARK_AVX2 void absorb_avx2(State& state, const std::uint8_t* from, std::size_t steps, bool last) {
  absorb_body<4>(state, from, steps, last);
}

WARDMARK_AVX512 void absorb_avx512(State& state, const std::uint8_t* from, std::size_t steps, bool last) {
  absorb_body<8>(state, from, steps, last);
}
#endif

struct Version {
  std::size_t width;
  void (*absorb)(State&, const std::uint8_t*, std::size_t, bool);
};

/// What this build and processor have, the fastest last.
std::vector<Version> versions() {
  std::vector<Version> all{{kPlainWidth, absorb_plain}};
#ifdef WARDMARK_AVX2
  if (__builtin_cpu_supports("avx2")) all.push_back({4, absorb_avx2});
  if (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl")) all.push_back({8, absorb_avx512});
#endif
  return all;
}

Version version(std::size_t width) {
  for (const Version& known : versions()) {
    if (known.width == width) return known;
  }
  broken_promise("a width that this processor does not have");
}

}  // namespace

LaneHash::LaneHash()
    : LaneHash([] {
        static const std::size_t widest = versions().back().width;
        return widest;
      }()) {}

LaneHash::LaneHash(std::size_t width) : absorb_(version(width).absorb) {
  static_assert(std::endian::native == std::endian::little);
  for (std::size_t i = 0; i < 8; ++i) std::ranges::fill(state_.h[i], kStart[i] ^ (i == 0 ? kParameters : 0));
}

void LaneHash::add(ByteView piece) {
  bytes_ += piece.size();
  const auto hold = [this](ByteView more) {
    std::ranges::copy(more, held_.begin() + static_cast<std::ptrdiff_t>(held_bytes_));
    held_bytes_ += more.size();
  };
  // The last step, full or not, waits for finish().
  if (held_bytes_ + piece.size() <= kStep) return hold(piece);
  if (held_bytes_ > 0) {
    const std::size_t missing = kStep - held_bytes_;
    hold(piece.first(missing));
    piece = piece.subspan(missing);
    absorb_(state_, held_.data(), 1, false);
    held_bytes_ = 0;
  }
  const std::size_t whole = (piece.size() - 1) / kStep;
  absorb_(state_, piece.data(), whole, false);
  hold(piece.subspan(whole * kStep));
}

LaneHashes LaneHash::finish() {
  std::fill(held_.begin() + static_cast<std::ptrdiff_t>(held_bytes_), held_.end(), std::uint8_t{0});
  absorb_(state_, held_.data(), 1, true);
  LaneHashes out;
  for (std::size_t lane = 0; lane < kDigestLanes; ++lane) {
    for (std::size_t i = 0; i < sizeof(Digest) / 8; ++i) {
      std::memcpy(out.data() + lane * sizeof(Digest) + 8 * i, &state_.h[i][lane], 8);
    }
  }
  return out;
}

std::vector<std::size_t> lane_widths() {
  std::vector<std::size_t> widths;
  for (const Version& known : versions()) widths.push_back(known.width);
  return widths;
}

Digest lane_digest(const Subkey* key, std::string_view purpose, std::string_view shape, const LaneHashes& lanes,
                   std::uint64_t bytes) {
  const std::string size = std::to_string(bytes);
  return digest(key, purpose, {bytes_of(shape), bytes_of(size), lanes});
}

Digest lane_digest(const Subkey* key, std::string_view purpose, std::string_view shape, LaneHash& hash) {
  const std::uint64_t bytes = hash.bytes();
  return lane_digest(key, purpose, shape, hash.finish(), bytes);
}

Digest lane_digest(const Subkey* key, std::string_view purpose, std::string_view shape, ByteView data) {
  LaneHash hash;
  hash.add(data);
  return lane_digest(key, purpose, shape, hash);
}

}  // namespace wardmark
