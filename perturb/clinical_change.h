#pragma once
#include "core/clinical.h"
#include "core/dataset.h"

namespace wardmark {

/// How far a picture with tones was changed, frame by frame, in the words of those who read it: stored steps, physical
/// values, windows, noise. Noise is estimated from the mean absolute response to the mask 1 -2 1, -2 4 -2, 1 -2 1
/// around samples that may change (Immerkaer, Computer Vision and Image Understanding 64(2), 1996): edges count too, so
/// the ratio is nearer to 1 than that of the noise alone. About 3 ms for a slice of 512 x 512 with one window. One
/// thread.
class ClinicalMeter {
 public:
  /// With `view_known` the similarity in the first window is told to finish(), not computed.
  ClinicalMeter(const Picture& picture, bool view_known);
  /// The next frame before and after, both of one shape (a broken promise otherwise).
  void frame(const FrameTone& tone, const Image& before, const Image& after);
  /// After the last frame; `view_ssim`, x 1e-4.
  Clinical finish(int view_ssim);

 private:
  bool view_known_;
  bool begun_ = false;
  Clinical out_;
  std::uint64_t samples_ = 0;
  double squares_ = 0, physical_squares_ = 0, shift_ = 0, noise_before_ = 0, noise_after_ = 0;
};

/// The same of a whole picture; everything is computed.
Clinical clinical_change(const Picture& before, const Image& after);

}  // namespace wardmark
