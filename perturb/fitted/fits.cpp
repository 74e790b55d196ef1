#include "perturb/fitted/fits.h"

#include <array>
#include <string>

#include "core/error.h"
#include "perturb/fitted/linear_fit.h"
#include "perturb/fitted/noise_fit.h"

namespace wardmark {
namespace {

constexpr std::array kFits = {FitInfo{"em", fit_noise}, FitInfo{"salm", fit_noise}, FitInfo{"pil", fit_linear}};

}  // namespace

std::span<const FitInfo> fits() { return kFits; }

std::optional<FitState> fit(const FitInput& input, std::string_view method, const FitControl& control,
                            const Compute& compute) {
  for (const FitInfo& info : kFits) {
    if (info.method == method) return info.fit(input, method, control, compute);
  }
  throw Error(Code::bug, "no fit for method " + std::string(method));
}

}  // namespace wardmark
