#pragma once
#include "evaluate/breaker.h"

namespace wardmark {

/// early-stop: nothing changes in training; the epoch that is best on a clean validation set is taken. Networks learn
/// real features before shortcuts (arXiv 2305.19254, 2306.02064), and the released notebook of error-minimising noise
/// is at its best after one epoch.
BreakerInfo early_stop_breaker();

}  // namespace wardmark
