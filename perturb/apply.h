#pragma once
#include <vector>

#include "core/budget.h"
#include "core/dataset.h"
#include "core/image.h"
#include "perturb/measure.h"
#include "perturb/method.h"

namespace wardmark {

/// A protected picture.
struct Applied {
  Image image;
  Change change;            ///< of `image` against the original
  bool left = false;        ///< the method leaves this picture as it is
  std::vector<Note> notes;  ///< why
};

/// Error(parameter) when a budget does not fit a method: epsilon is for additive methods only. For the start of a run;
/// apply() does not know the method.
void check_budget(const Budget& budget, const MethodInfo& method);

/// Protects one picture. Not for methods to override: whatever `protector` returns, the result has the image's shape
/// and depth, alpha as it was, every sample inside 0..full_range and inside the budget, in whole stored steps.
///
/// Where the picture is larger than protector.train_size(), the method sees it reduced to that size by area averaging;
/// its change (limited to the full range there) is carried to native size by Enlargement, so that area averaging the
/// result gives the change back but for rounding and clipping. Otherwise the method's result itself is rounded and
/// stored. Pure and thread-safe. Cost at 12 megapixels of 8-bit RGB: about 35 ms and 5 MB beside the result. A picture
/// that will be measured after a lossy coding needs Measuring::nothing here.
Applied apply(const Image& image, const Protector& protector, const ItemContext& item, const Budget& budget = {},
              Measuring measuring = Measuring::full);

/// The same for a decoded item. With tones, every frame is looked at under its own (the method sees black to white as
/// the full range) and its change is scaled back to stored steps; samples keep the tone's bounds instead of `budget`,
/// and the measures are those of the view, maximum and squares in stored steps against the width from black to white.
/// All frames get the item's one mark. Frames without tones are pages: each is a picture of its own under `budget`.
Applied apply(const Picture& picture, const Protector& protector, const ItemContext& item, const Budget& budget = {},
              Measuring measuring = Measuring::full);

class ClinicalMeter;

/// The same in the picture's own samples, one frame at a time, so that a picture of many frames is held once; the
/// result has no image. `meter`, or null, is told every frame before and after. Only with tones (a broken promise
/// otherwise).
Applied apply_in_place(Picture& picture, const Protector& protector, const ItemContext& item, Measuring measuring,
                       ClinicalMeter* meter);

}  // namespace wardmark
