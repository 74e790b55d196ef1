#pragma once
#include "perturb/method.h"

namespace wardmark {

/// The method `none`: every picture stays as it is. For calibration: a release that carries no mark.
MethodInfo none_method();

}  // namespace wardmark
