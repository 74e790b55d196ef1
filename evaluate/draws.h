#pragma once
#include <torch/torch.h>

#include <cstdint>

namespace wardmark {

/// Random tensors for counter-measures. They are drawn on the generator's device and then moved, so that a generator
/// of the CPU gives the same pictures whatever device trains.

/// Uniform in [low, high), float32.
torch::Tensor uniform_draws(torch::IntArrayRef shape, double low, double high, torch::Generator& random,
                            const torch::Device& device);
/// Normal, float32.
torch::Tensor normal_draws(torch::IntArrayRef shape, double mean, double deviation, torch::Generator& random,
                           const torch::Device& device);
/// True with the probability.
torch::Tensor chance_draws(torch::IntArrayRef shape, double probability, torch::Generator& random,
                           const torch::Device& device);
/// Whole numbers in 0..below-1, int64.
torch::Tensor whole_draws(torch::IntArrayRef shape, std::int64_t below, torch::Generator& random,
                          const torch::Device& device);
/// 0..n-1 in random order, int64.
torch::Tensor order_draw(std::int64_t n, torch::Generator& random, const torch::Device& device);

/// A generator of its own for work before or after training. Different `part`s of one seed are unrelated.
torch::Generator seeded(std::uint64_t seed, std::uint64_t part);

}  // namespace wardmark
