#include "core/random.h"

#include <sodium.h>

#include <bit>
#include <cmath>
#include <numeric>

#include "core/error.h"

namespace wardmark {

Stream::Stream(const Subkey& key, std::string_view purpose, std::string_view id) : key_(key.derive(purpose, {id})) {
  next_ = kWords;
}

Stream::~Stream() { sodium_memzero(words_.data(), sizeof words_); }

void Stream::refill() {
  constexpr std::array<std::uint8_t, crypto_stream_chacha20_ietf_NONCEBYTES> nonce{};
  std::array<std::uint8_t, kWords * 4> bytes{};
  constexpr std::uint32_t kBlocks = kWords * 4 / 64;
  if (block_ > UINT32_MAX - kBlocks) broken_promise("a random stream ran past its 256 GiB");
  crypto_stream_chacha20_ietf_xor_ic(bytes.data(), bytes.data(), bytes.size(), nonce.data(), block_,
                                     key_.bytes().data());
  block_ += kBlocks;
  for (std::size_t i = 0; i < kWords; ++i) {
    const std::uint8_t* b = &bytes[4 * i];
    words_[i] = static_cast<std::uint32_t>(b[0]) | static_cast<std::uint32_t>(b[1]) << 8 |
                static_cast<std::uint32_t>(b[2]) << 16 | static_cast<std::uint32_t>(b[3]) << 24;
  }
  sodium_memzero(bytes.data(), bytes.size());
  next_ = 0;
}

std::uint32_t Stream::u32() {
  if (next_ == kWords) refill();
  return words_[next_++];
}

std::uint64_t Stream::u64() {
  const std::uint64_t low = u32();
  return low | static_cast<std::uint64_t>(u32()) << 32;
}

double Stream::uniform() { return static_cast<double>(u64() >> 11) * 0x1p-53; }

std::uint32_t Stream::below(std::uint32_t n) {
  if (n == 0) broken_promise("below(0)");
  const std::uint64_t limit = (std::uint64_t{1} << 32) / n * n;
  std::uint32_t word = u32();
  while (word >= limit) word = u32();
  return word % n;
}

double Stream::normal() {
  for (;;) {
    const double u = 2.0 * uniform() - 1.0;
    const double v = 2.0 * uniform() - 1.0;
    const double s = u * u + v * v;
    if (s > 0.0 && s < 1.0) return u * std::sqrt(-2.0 * written_log(s) / s);
  }
}

std::vector<std::uint32_t> Stream::permutation(std::uint32_t n) {
  std::vector<std::uint32_t> order(n);
  std::iota(order.begin(), order.end(), 0u);
  for (std::uint32_t i = n; i-- > 1;) std::swap(order[i], order[below(i + 1)]);
  return order;
}

double written_log(double x) {
  // x = m 2^e with m in [0.75, 1.5); ln m = 2 atanh((m - 1) / (m + 1)), |z| <= 0.2, 12 terms give the last bit or two.
  constexpr double kLn2 = 0.69314718055994530942;
  std::uint64_t bits = std::bit_cast<std::uint64_t>(x);
  int exponent = static_cast<int>(bits >> 52 & 0x7ff) - 1023;
  double m = std::bit_cast<double>((bits & 0xfffffffffffffULL) | 0x3ff0000000000000ULL);
  if (m >= 1.5) {
    m *= 0.5;
    ++exponent;
  }
  const double z = (m - 1.0) / (m + 1.0);
  const double z2 = z * z;
  double sum = 0.0;
  for (int k = 25; k >= 1; k -= 2) sum = sum * z2 + 1.0 / k;
  return 2.0 * z * sum + exponent * kLn2;
}

}  // namespace wardmark
