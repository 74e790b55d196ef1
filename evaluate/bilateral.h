#pragma once
#include "evaluate/breaker.h"

namespace wardmark {

/// bilateral:SIGMA: training pictures through the bilateral filter of Tomasi and Manduchi (ICCV 1998), 5 x 5, 1.5 px in
/// space, SIGMA levels in colour; the distance of two colours is the root mean square over channels. Only pixels inside
/// of the picture count. Unlearnable noise under it: no published recipe found, the numbers are ours.
BreakerInfo bilateral_breaker();

}  // namespace wardmark
