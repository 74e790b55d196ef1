#pragma once
#include "evaluate/breaker.h"

namespace wardmark {

/// cutmix: twice, each time for half of the pictures: a rectangle of another picture of the batch is pasted, share
/// 1 - lambda of the area with lambda uniform (beta 1), centre uniform, clipped; the targets are mixed by the area
/// that was replaced.
/// After Yun et al. (arXiv 1905.04899); numbers and the two rounds as in ISS (arXiv 2301.13838). There the other
/// picture comes from the whole set, here from the batch.
BreakerInfo cutmix_breaker();

/// `rounds` of it, each with `probability` for every picture.
void cut_and_mix(Batch& batch, std::int64_t classes, int rounds, double probability, torch::Generator& random);

/// One round with everything drawn already: lambda in 0..1 (B, float32), centres (B, int64), the place of the other
/// picture in `others` (B, int64), where it happens (B, bool). `others` and `other_targets` are the unmixed batch.
struct CutMixRound {
  torch::Tensor lambda, row, column, partner, happens;
};
void cut_and_mix(Batch& batch, const torch::Tensor& others, const torch::Tensor& other_targets,
                 const CutMixRound& round);

}  // namespace wardmark
