#pragma once
#include <string>
#include <vector>

#include "core/image.h"
#include "medical/dicom_object.h"
#include "medical/pixel_format.h"

namespace wardmark {

/// How stored values of one frame become physical ones.
struct Rescale {
  double slope = 1.0;
  double intercept = 0.0;
  bool known = false;  ///< the object gives a linear rescale
};

/// What is seen of a series: physical values shown as black and white, the same for all its slices.
struct SeriesView {
  double low = 0.0;
  double high = 0.0;
};

/// What one object says of its values.
struct ValueScale {
  std::vector<Rescale> rescale;                  ///< one per frame
  std::vector<std::vector<SeriesView>> further;  ///< windows beside the first, by frame
  SeriesView view;             ///< first window, median over the frames; else percentiles of the values
  bool window = false;         ///< `view` is a window
  bool hounsfield = false;     ///< values are HU
  double largest_slope = 1.0;  ///< of |slope| over the frames
  std::string unit;            ///< "HU", "BQML", or empty
};

/// Reads rescale and window of every frame, from functional groups where it has them; percentiles come from `image`.
/// Error(dcm_039) for a slope of 0 or none, (dcm_043) where functional groups and frames differ in number.
ValueScale read_scale(const DicomObject& object, const PixelFormat& format, const Image& image);

}  // namespace wardmark
