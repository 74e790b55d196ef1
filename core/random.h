#pragma once
#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "core/key.h"

namespace wardmark {

/// Random numbers as a function of (subkey, purpose, id, position): never of order, thread, shard or host.
/// The rules are written down in docs/formats.md ("Random numbers") and pinned by tests/vectors/random.json, so that a
/// second implementation agrees bit for bit.
///
///   words     ChaCha20 (RFC 8439), key = subkey.derive(purpose, {id}), nonce zero, block counter from 0; the key
///   stream
///             read as little-endian 32-bit words
///   u64       two words, the lower half first
///   uniform   (u64 >> 11) x 2^-53, in [0, 1)
///   below(n)  words until one is smaller than floor(2^32 / n) x n; that word modulo n
///   normal    polar method: u, v = 2 uniform - 1 until 0 < s = u^2 + v^2 < 1; u sqrt(-2 ln(s) / s); v is not kept
///
/// Not thread-safe; make one stream per thread, they are cheap.
class Stream {
 public:
  Stream(const Subkey& key, std::string_view purpose, std::string_view id = {});
  ~Stream();
  Stream(const Stream&) = default;
  Stream& operator=(const Stream&) = default;

  std::uint32_t u32();
  std::uint64_t u64();
  double uniform();
  /// Unbiased in 0..n-1; n >= 1.
  std::uint32_t below(std::uint32_t n);
  double normal();
  /// 0..n-1 in uniformly random order: Fisher-Yates from the last place, j = below(i + 1).
  std::vector<std::uint32_t> permutation(std::uint32_t n);

 private:
  void refill();
  Subkey key_;
  std::uint32_t block_ = 0;
  std::size_t next_ = 0;
  static constexpr std::size_t kWords = 64;  // four blocks a refill
  std::array<std::uint32_t, kWords> words_{};
};

/// Natural logarithm of x > 0 from additions, multiplications and divisions alone, so that every machine agrees.
double written_log(double x);

}  // namespace wardmark
