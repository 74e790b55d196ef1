#include "perturb/legacy_stream.h"

#include <bit>

#include "core/error.h"

namespace wardmark {

double LegacyStream::uniform() {
  const std::uint32_t high = word() >> 5;
  const std::uint32_t low = word() >> 6;
  return (static_cast<double>(high) * 67108864.0 + static_cast<double>(low)) / 9007199254740992.0;
}

std::uint32_t LegacyStream::below(std::uint32_t n) {
  if (n == 0) broken_promise("below(0)");
  const std::uint32_t largest = n - 1;
  if (largest == 0) return 0;
  const std::uint32_t mask = UINT32_MAX >> std::countl_zero(largest);
  std::uint32_t value = word() & mask;
  while (value > largest) value = word() & mask;
  return value;
}

}  // namespace wardmark
