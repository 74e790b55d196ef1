#pragma once
#include <cstdint>

#include "evaluate/breaker.h"

namespace wardmark {

/// grayscale: luma in all three channels of the training pictures; pictures to be classified keep their colour, as in
/// ISS (arXiv 2301.13838). Breaks noise that hides in colour. Pictures of one channel are left as they are: the
/// breaker has no parts then.
BreakerInfo grayscale_breaker();

/// BT.601 luma in 16-bit fixed point, rounded half up: Pillow's "L".
inline std::uint8_t luma(std::uint8_t red, std::uint8_t green, std::uint8_t blue) {
  return static_cast<std::uint8_t>((19595u * red + 38470u * green + 7471u * blue + 0x8000u) >> 16);
}

}  // namespace wardmark
