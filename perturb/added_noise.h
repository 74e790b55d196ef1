#pragma once
#include <optional>
#include <string>

#include "perturb/method.h"

namespace wardmark {

/// Parameters of methods that add keyed noise of a given strength: --noise-rms, --noise-channels, --train-size.
struct NoiseSettings {
  double rms = 0;     ///< root mean square over all samples of a picture, share of the full range
  bool luma = false;  ///< the same noise in every colour
  std::optional<int> train_size;

  int channels(const Planes& picture) const { return luma ? 1 : picture.channels; }
};
inline constexpr ParameterInfo kNoiseRms{"noise-rms", "E", "6/255; ar 4.6/255",
                                         "strength: root mean square of the noise, as a share of the range; up to 1"};
inline constexpr ParameterInfo kNoiseChannels{"noise-channels", "NAME", "rgb",
                                              "rgb: noise of its own in each colour; luma: the same in all"};
inline constexpr ParameterInfo kTrainSize{
    "train-size", "PX", "auto",
    "short side at which pictures are trained on, 8 to 1024, or auto: own up to 64, else 224"};
/// Error(parameter) naming flag, value and range.
NoiseSettings noise_settings(const Parameters& parameters, double usual_rms);

/// The picture with noise added: `noise` is a factor away from what is wanted, width x height x noise.channels, and is
/// brought to the root mean square of the settings over the picture's samples. One channel is added to every colour.
/// Empty when the noise is 0 everywhere. float32, one product and one sum a sample; the factor in double.
Planes with_noise(const Planes& picture, const Planes& noise, double rms);

}  // namespace wardmark
