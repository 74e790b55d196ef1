#pragma once
#include <cstdint>
#include <vector>

#include "core/image.h"
#include "perturb/method.h"

namespace wardmark {

/// Which source samples one target sample covers along an axis: first and last in part, those between in whole.
struct AreaSpan {
  int first = 0;
  int last = 0;       ///< may equal first; then only `head` counts
  float head = 1.0f;  ///< share of source sample `first` that lies inside, 0..1
  float tail = 0.0f;
};

/// Spans of `to` targets over `from` >= `to` sources; shares come from exact integers.
std::vector<AreaSpan> area_spans(int from, int to);

/// Colour planes of the image at its own size, as float32.
Planes to_planes(const Image& image);

/// Colour planes reduced to width x height (neither larger than the image's) by exact area averaging: every sample is
/// the mean of the source area it covers, whatever the ratio. Alpha is left out. float32 in a fixed order, so the bytes
/// do not depend on the processor. One pass over the picture, about 5 ms for 12 megapixels of 8-bit RGB.
Planes shrink(const Image& image, int width, int height);

/// The same from planes to planes.
Planes shrink(const Planes& planes, int width, int height);

}  // namespace wardmark
