#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "core/key.h"

namespace wardmark {

/// A texture that marks a class: square waves of short periods, drawn by the key. What a convolution finds first, so a
/// network that is trained on marked pictures takes it for the class; and a pattern that can be looked for later.
/// Whole numbers only: the same on every machine.
struct ClassTexture {
  /// One wave; places in the picture advance its phase by so many 65536ths of a turn.
  struct Wave {
    std::uint32_t across = 0, down = 0, start = 0;
  };
  std::vector<Wave> waves;  ///< at least one; several take turns in diagonal bands of 8 px
  /// +1 or -1.
  int at(int x, int y) const {
    const Wave& w = waves[static_cast<std::size_t>((x + y) / 8) % waves.size()];
    const std::uint32_t phase =
        w.across * static_cast<std::uint32_t>(x) + w.down * static_cast<std::uint32_t>(y) + w.start;
    return (phase & 0xFFFF) < 0x8000 ? 1 : -1;
  }
};

/// The texture of a slot under a drawn key. Periods along both axes are 2, 3 or 4 px, one of them below 4: 8 waves in
/// an order and with phases drawn from (pool key, "class-texture"), the four without a period of 4 px first, as some
/// networks find the others late (docs/results.md). The first 8 slots have one wave, the next 56 two
/// different ones, all after that three or more: no two slots of a key share a texture. Waves along one axis alone,
/// longer ones and random tiles are learned later than the picture (docs/results.md); a mirrored wave would be the same
/// to networks that are trained on mirrored pictures, so every wave runs down to the right.
ClassTexture keyed_texture(const Subkey& pool_key, std::uint32_t slot);

/// A texture inside a mask of width x height pixels, as a change of `amplitude` in every channel: height x width x
/// channels, in the unit of `amplitude`.
std::vector<std::int8_t> textured_change(const ClassTexture& texture, std::span<const std::uint8_t> mask, int width,
                                         int height, int channels, int amplitude);

}  // namespace wardmark
