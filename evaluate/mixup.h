#pragma once
#include "evaluate/breaker.h"

namespace wardmark {

/// mixup: twice, each time for half of the pictures: lambda x picture + (1 - lambda) x another one of the batch, the
/// targets alike, lambda uniform (beta 1).
/// After Zhang et al. (arXiv 1710.09412); numbers and the two rounds as in ISS (arXiv 2301.13838). There the other
/// picture comes from the whole set, here from the batch.
BreakerInfo mixup_breaker();

/// One round: keep (B, float32) is the share of its own that every picture keeps, `partner` (B, int64) the place of
/// the other picture in `others`; `others` and `other_targets` are the unmixed batch.
void mix_up(Batch& batch, const torch::Tensor& others, const torch::Tensor& other_targets, const torch::Tensor& keep,
            const torch::Tensor& partner);

}  // namespace wardmark
