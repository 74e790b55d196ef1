#pragma once
#include <string>
#include <vector>

#include "core/budget.h"
#include "core/dataset.h"
#include "medical/value_scale.h"

namespace wardmark {

/// Steps that a bound allows where one step is `slope` physical units and the view is as given: the smallest of all
/// bounds, else kDefaultBound when `additive`, else the whole range. Error(dcm_040), (dcm_041).
int steps_of(const Budget& budget, bool additive, const PixelFormat& format, const SeriesView& view, double slope,
             bool hounsfield);

/// Tones of all frames of `image`: what is seen, what may change (no padding, no air, neither the lowest nor the
/// highest value of a frame), and by how much.
std::vector<FrameTone> make_tones(const DicomObject& object, const PixelFormat& format, const Image& image,
                                  const ValueScale& scale, const SeriesView& view, const Budget& budget, bool additive);

/// True when the lowest value covers a corner and 2 % of the first frame: undeclared padding.
bool has_constant_border(const Image& image, const PixelFormat& format);

}  // namespace wardmark
