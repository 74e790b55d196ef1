#pragma once
#include "evaluate/breaker.h"

namespace wardmark {

/// high-pass:SIGMA: the picture minus its Gaussian blur, around mid-grey: 128 + x - blur(x), clipped, rounded. It takes
/// smooth marks (slow colour fields) away, and with them the colours, so that pictures to be classified must go the
/// same way. Ours, as the counterpart of `gaussian`.
BreakerInfo high_pass_breaker();

}  // namespace wardmark
