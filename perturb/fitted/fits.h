#pragma once
#include <optional>
#include <span>
#include <string_view>

#include "models/device.h"
#include "perturb/fit.h"

namespace wardmark {

/// How the noise of a fitted method comes about.
struct FitInfo {
  std::string_view method;  ///< as in methods()
  std::optional<FitState> (*fit)(const FitInput& input, std::string_view method, const FitControl& control,
                                 const Compute& compute);
};

/// The only list: one row for every method that needs the engine.
std::span<const FitInfo> fits();
/// Fits by the method's row. Empty when it was stopped; errors and rules are those of the row.
std::optional<FitState> fit(const FitInput& input, std::string_view method, const FitControl& control,
                            const Compute& compute);

}  // namespace wardmark
