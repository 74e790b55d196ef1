#include "models/seeds.h"

#include <ATen/CPUGeneratorImpl.h>

namespace wardmark {
namespace {

// The finaliser of SplitMix64 (Steele, Lea and Flood 2014).
std::uint64_t mixed(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

}  // namespace

std::uint64_t draw_seed(std::uint64_t seed, Draw draw, std::int64_t epoch, std::int64_t step) {
  std::uint64_t state = mixed(seed);
  for (const std::uint64_t part :
       {static_cast<std::uint64_t>(draw), static_cast<std::uint64_t>(epoch), static_cast<std::uint64_t>(step)})
    state = mixed(state ^ mixed(part));
  return state;
}

torch::Generator seeded_generator(std::uint64_t seed) { return at::detail::createCPUGenerator(seed); }

}  // namespace wardmark
