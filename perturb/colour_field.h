#pragma once
#include <cstdint>
#include <vector>

#include "core/key.h"
#include "perturb/method.h"
#include "perturb/wave.h"

namespace wardmark {

/// The method `field`: every class gets smooth shadings of its own, one a colour, and gratings that all colours share.
/// Both are sums of plane waves over the unit square, so they are the same whatever size a picture has or is reduced
/// to, and are computed at its own size, row by row. (Ours; smooth class-wise fields as a shortcut are closest to
/// Yu et al., "Availability Attacks Create Shortcuts", KDD 2022.)
///
///   y = x (1 + F) + G           multiplicative: F, a share of the sample
///   y = x + (range F + G)       additive: F, a share of the range
///
/// F: `waves` cosines of the colour, each of weight amplitude / waves, so |F| <= amplitude. G: `gratings` cosines of
/// weight range x grating / gratings, the same in every colour. Arithmetic: WaveRows, then float32 as written above.
MethodInfo colour_field_method();

enum class FieldChannels { rgb, luma, chroma };

/// What the parameters of `field` say.
struct FieldSettings {
  double amplitude = 0.12;
  int waves = 4;
  double low = 0, high = 3;  ///< cycles along the axis of more of them
  FieldChannels channels = FieldChannels::rgb;
  bool additive = false;
  std::optional<double> grating;  ///< share of the range; absent: 0, and of grey pictures 16/255
  int gratings = 2;
  double grating_low = 3, grating_high = 4.5;  ///< cycles in any direction
  bool phase_by_item = false;

  double grating_of(int colours) const { return grating.value_or(colours == 1 ? 16.0 / 255 : 0.0); }
};
/// Error(parameter) naming flag, value and range.
FieldSettings field_settings(const Parameters& parameters);

/// The waves of a slot, weights 1: three draws of fields, and gratings.
struct FieldMark {
  std::array<std::vector<Wave>, 3> fields;
  std::vector<Wave> gratings;
};
/// With mark = derive(pool key, "field-mark", decimal slot):
///   field c: Stream(mark, "field", decimal c); a wave: across, down = high (2 uniform() - 1) each, again while both
///   are
///            nearer 0 than low; then start = uniform()
///   grating: Stream(mark, "grating"); a wave: cycles = low + (high - low) uniform(), turns = uniform() / 2, across =
///            cycles cos(2 pi turns), down = cycles sin(2 pi turns), start = uniform()
FieldMark keyed_field(const Subkey& pool_key, std::uint32_t slot, const FieldSettings& settings);

}  // namespace wardmark
