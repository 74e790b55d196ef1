#include "perturb/added_noise.h"

#include <array>
#include <cmath>

#include "perturb/parameter_values.h"

namespace wardmark {

NoiseSettings noise_settings(const Parameters& parameters, double usual_rms) {
  NoiseSettings s;
  s.rms = share_parameter(parameters, kNoiseRms.name).value_or(usual_rms);
  if (s.rms <= 0)
    refuse_parameter(kNoiseRms.name, "a share above 0", parameter(parameters, kNoiseRms.name).value_or(""));
  s.luma = choice_parameter(parameters, kNoiseChannels.name, std::array{"rgb", "luma"}, "rgb or luma") == "luma";
  s.train_size = train_size_parameter(parameters);
  return s;
}

Planes with_noise(const Planes& picture, const Planes& noise, double rms) {
  Planes out{picture.width, picture.height, picture.channels, picture.full_range, {}};
  double squares = 0;
  for (const float v : noise.v) squares += static_cast<double>(v) * static_cast<double>(v);
  if (!(squares > 0) || !std::isfinite(squares)) return out;
  const double mean = squares / static_cast<double>(noise.v.size());
  const auto factor = static_cast<float>(rms * static_cast<double>(picture.full_range) / std::sqrt(mean));
  out.v.resize(picture.v.size());
  const auto channels = static_cast<std::size_t>(picture.channels);
  const std::size_t shared = noise.channels == 1 ? channels : 1;
  for (std::size_t i = 0; i < out.v.size(); ++i) out.v[i] = picture.v[i] + factor * noise.v[i / shared];
  return out;
}

}  // namespace wardmark
