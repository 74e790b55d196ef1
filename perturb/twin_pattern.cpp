#include "perturb/twin_pattern.h"

#include "core/random.h"

namespace wardmark {

std::vector<std::int8_t> twin_pattern(const Subkey& pool_key, std::string_view id, std::size_t pixels) {
  Stream bits(pool_key.derive("twin-pattern"), "pattern", id);
  std::vector<std::int8_t> pattern(pixels);
  std::uint32_t word = 0;
  for (std::size_t i = 0; i < pixels; ++i) {
    if (i % 32 == 0) word = bits.u32();
    pattern[i] = (word >> (i % 32) & 1) != 0 ? 1 : -1;
  }
  return pattern;
}

}  // namespace wardmark
