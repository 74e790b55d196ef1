#pragma once
#include "evaluate/breaker.h"

namespace wardmark {

/// crawl: what a crawler's store does: short side brought to 256 px by area averaging where it is larger, then JPEG
/// quality 95 with halved chroma (4:2:0). Pictures to be classified are brought to the same size, without the JPEG. The
/// usual settings of public crawl downloaders; ours as a breaker (DESIGN 10).
BreakerInfo crawl_breaker();

/// Short side 256 where it is larger, aspect kept; else the set as it is.
PixelSet at_crawl_size(const PixelSet& set);

}  // namespace wardmark
