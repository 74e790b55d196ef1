#include "evaluate/draws.h"

namespace wardmark {
namespace {

torch::TensorOptions place_of(const torch::Generator& random) {
  return torch::TensorOptions().dtype(torch::kFloat32).device(random.device());
}

// A step of SplitMix64: neighbouring seeds give unrelated states.
std::uint64_t mixed(std::uint64_t x) {
  x += 0x9E3779B97F4A7C15ULL;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
  return x ^ (x >> 31);
}

}  // namespace

torch::Tensor uniform_draws(torch::IntArrayRef shape, double low, double high, torch::Generator& random,
                            const torch::Device& device) {
  return torch::rand(shape, random, place_of(random)).mul_(high - low).add_(low).to(device);
}

torch::Tensor normal_draws(torch::IntArrayRef shape, double mean, double deviation, torch::Generator& random,
                           const torch::Device& device) {
  return torch::randn(shape, random, place_of(random)).mul_(deviation).add_(mean).to(device);
}

torch::Tensor chance_draws(torch::IntArrayRef shape, double probability, torch::Generator& random,
                           const torch::Device& device) {
  return torch::rand(shape, random, place_of(random)).lt(probability).to(device);
}

torch::Tensor whole_draws(torch::IntArrayRef shape, std::int64_t below, torch::Generator& random,
                          const torch::Device& device) {
  return torch::randint(below, shape, random, place_of(random).dtype(torch::kInt64)).to(device);
}

torch::Tensor order_draw(std::int64_t n, torch::Generator& random, const torch::Device& device) {
  return torch::randperm(n, random, place_of(random).dtype(torch::kInt64)).to(device);
}

torch::Generator seeded(std::uint64_t seed, std::uint64_t part) {
  return at::detail::createCPUGenerator(mixed(mixed(seed) ^ part));
}

}  // namespace wardmark
