#pragma once
#include "evaluate/breaker.h"

namespace wardmark {

/// bit-depth:BITS: only the highest bits of every sample of the training pictures stay, the others become 0
/// (posterise, as Pillow does it: it darkens by half a step on average). APBench (arXiv 2308.03258) uses 2 bits, ISS
/// (arXiv 2301.13838) has it as an option.
BreakerInfo bit_depth_breaker();

}  // namespace wardmark
