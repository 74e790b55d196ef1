#pragma once
#include <torch/torch.h>

#include <cstdint>
#include <span>

namespace wardmark {

/// Pictures to train on and pictures to choose the best epoch by, as sorted indices (int64).
struct Split {
  torch::Tensor train;
  torch::Tensor validation;
};

/// Takes `share` (0..1) of every class aside, rounded, at least one of a class with two or more pictures and never all
/// of a class. Share 0 takes nothing. A function of (labels, share, seed).
Split stratified_split(std::span<const std::int64_t> labels, double share, std::uint64_t seed);

/// The order of one epoch: `items` (int64) permuted, or, `balanced`, as many places shared out evenly among the classes
/// (counts differ by one at most): each class goes through permutations of its own pictures, starting anew in each
/// epoch. A function of the arguments.
torch::Tensor epoch_order(std::span<const std::int64_t> labels, const torch::Tensor& items, bool balanced,
                          std::uint64_t seed, std::int64_t epoch);

/// Steps of an epoch of `count` pictures in batches of at most `batch`, and the places of step s: begin(s)..begin(s+1).
/// Batches differ by one picture at most, so that none is too small for batch norm and none is left out.
std::int64_t steps_of_epoch(std::int64_t count, std::int64_t batch);
std::int64_t batch_begin(std::int64_t count, std::int64_t steps, std::int64_t step);

}  // namespace wardmark
