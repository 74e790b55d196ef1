#pragma once
#include <torch/torch.h>

#include <cstdint>

namespace wardmark {

/// What random numbers of a training run are for.
enum class Draw : std::uint64_t { weights = 1, split, order, step, dropout };

/// A seed for one purpose at one place of a run; places and purposes have unrelated numbers. Hence a resumed run draws
/// what the uninterrupted one drew.
std::uint64_t draw_seed(std::uint64_t seed, Draw draw, std::int64_t epoch = 0, std::int64_t step = 0);
/// A generator on the CPU, whatever the device: the same numbers everywhere.
torch::Generator seeded_generator(std::uint64_t seed);

}  // namespace wardmark
