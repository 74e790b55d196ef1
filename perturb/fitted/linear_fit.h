#pragma once
#include <optional>
#include <string_view>

#include "models/device.h"
#include "perturb/fit.h"

namespace wardmark {

/// Fits the noise of pil (arXiv 2601.19967): two linear layers without bias, 30 epochs at 0.003 falling as a cosine,
/// batches of 512; in each, 30 steps of 0.8/255 from uniform noise n on 0.9 CE(f(n), class) + 0.1 KL(uniform, f(x -
/// n)); the released change is -n of the last epoch, beside the keyed texture as noise_fit.h has it. No network beyond
/// that, so no surrogate is needed. Errors and rules as there.
std::optional<FitState> fit_linear(const FitInput& input, std::string_view method, const FitControl& control,
                                   const Compute& compute);

}  // namespace wardmark
