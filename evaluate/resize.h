#pragma once
#include "evaluate/breaker.h"

namespace wardmark {

/// resize:FACTOR: training pictures made smaller by area averaging and brought back to their size bilinearly, each
/// rounded to levels. Attackers shrink first (DESIGN 6); no publication for unlearnable noise was found.
BreakerInfo resize_breaker();

/// Every output pixel is the mean over the input area that it covers, exact for any ratio. For making smaller.
PixelSet shrunk_by_area(const PixelSet& set, int height, int width);
/// Bilinear with pixel centres at half, edges repeated; no filter against aliasing. For making larger.
PixelSet enlarged_bilinearly(const PixelSet& set, int height, int width);

}  // namespace wardmark
