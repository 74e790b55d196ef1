#pragma once
#include "evaluate/breaker.h"

namespace wardmark {

/// jpeg:Q: every training picture coded at quality Q with halved chroma (4:2:0, Pillow's default) and decoded, before
/// crop and flip; pictures to be classified stay as they are. ISS (arXiv 2301.13838) and APBench use Q = 10, which
/// by itself caps the accuracy of clean training.
BreakerInfo jpeg_breaker();
/// webp:Q: the same through lossy WebP. No publication; stores recode to it.
BreakerInfo webp_breaker();

/// Every picture of the set through a codec.
PixelSet recoded(const PixelSet& set, const Recode& recode);

}  // namespace wardmark
