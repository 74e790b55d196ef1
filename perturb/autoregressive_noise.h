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

/// The processes of the block of 16 slots that `slot` is in, up to it, in order. With mark = derive(pool key,
/// "ar-mark", decimal slot), candidates n = 0, 1, ... come from Stream(mark, "process", decimal n). For each of three
/// colours, weights are 8 normal() divided by their sum, again until two signals of 32 x 32 from the same stream have a
/// mean square of at most 1 and the second is rough: the mean square of value - (left + above) / 2, over all but the
/// first row and column, is at least 0.8 of that of the values. Then from the same stream a signal of 32 x 32 x 3 of
/// norm 1, colour by colour, to which the candidate's separation is the least response of an earlier process of the
/// block, at most 10; and, if that is more than the best so far, signals of 224 x 224 in each colour up to the first
/// whose mean square is above 1, which drops it. The first with a separation of 10 is taken, else the best of 16, or of
/// as many as it takes to have one. Response: sum over all 3 x 3 windows of max(0, sum over colours and window of
/// weight x value), with -1 as last weight.
std::vector<Process> keyed_processes(const Subkey& pool_key, std::uint32_t slot);

}  // namespace wardmark
