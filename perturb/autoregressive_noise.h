#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "core/key.h"
#include "core/random.h"
#include "perturb/method.h"

namespace wardmark {

/// The method `ar`: noise in which every value is the class's own weighted sum of its eight neighbours above and to the
/// left; started anew for every item. (Sandoval-Segura et al., "Autoregressive Perturbations for Data Poisoning",
/// NeurIPS 2022, arXiv 2206.03693.) Computed at training size, in tiles of at most 224 px.
MethodInfo autoregressive_noise_method();

/// Weights of a window of 3 x 3, row by row, whose last value is made of the other eight; the last weight is 0.
using Coefficients = std::array<double, 9>;
/// One a colour.
using Process = std::array<Coefficients, 3>;

/// height x width values of a process: started with normal() in the two outermost rows above and columns to the left of
/// (height + 4) x (width + 4), row by row; every other value is the sum of weight x neighbour, in the order of the
/// window; the first four rows and columns are then left out. Doubles.
std::vector<double> autoregressive(const Coefficients& weights, int width, int height, Stream& start);

/// The processes of slots 0..slot of the block of 16 that `slot` is in, in order. With mark = derive(pool key,
/// "ar-mark", decimal slot), up to 64 candidates n = 0, 1, ... are made from Stream(mark, "process", decimal n): for
/// each of three colours weights are normal() x 8 divided by their sum, again until signals of 32 x 32 (twice) and of
/// 224 x 224 (once), started from the same stream, have a root mean square of at most 1; all go by colour. The first
/// candidate is taken to which every earlier process of the block responds with 3 or more, else that whose least
/// response is largest. Response: a signal of 32 x 32 x 3 from Stream(mark, "signal", decimal n), of norm 1; sum over
/// all 3 x 3 windows of max(0, sum over colours and window of weight x value), with -1 as last weight.
std::vector<Process> keyed_processes(const Subkey& pool_key, std::uint32_t slot);

}  // namespace wardmark
