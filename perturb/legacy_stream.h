#pragma once
#include <cstdint>
#include <random>

namespace wardmark {

/// The number stream of NumPy's legacy generator after `seed(N)`, for releases that must agree with published ones
/// (--compat-seed). MT19937; not for keys: 32 bits of seed. Not thread-safe.
class LegacyStream {
 public:
  explicit LegacyStream(std::uint32_t seed) : engine_(seed) {}
  /// In [0, 1), 53 bits from two words: upper 27 bits of the first, upper 26 of the second.
  double uniform();
  /// 0..n-1 by masked rejection, one word a try, none for n = 1.
  std::uint32_t below(std::uint32_t n);

 private:
  std::uint32_t word() { return static_cast<std::uint32_t>(engine_()); }
  std::mt19937 engine_;
};

}  // namespace wardmark
