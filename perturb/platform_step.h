#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "core/image.h"

namespace wardmark {

/// Something a platform does to a picture that is put there.
struct PlatformStep {
  enum class Kind { jpeg, webp, resize };
  Kind kind = Kind::jpeg;
  double value = 0;  ///< quality 1 to 100, or the factor of both sides, 0.05 to 1
  std::string name;  ///< as typed: "jpeg:75"
};

/// "jpeg:75,webp:75,resize:0.5". Error(parameter) naming the part that is not understood.
std::vector<PlatformStep> parse_platform_steps(std::string_view text);

/// What the step leaves of the change n = released - original: <step(released) - step(original), n> / <n, n>, on 8-bit
/// samples of all colours. JPEG has colours at half resolution; resize takes means over boxes and comes back
/// bilinearly. 1 where nothing changed. Both of one shape. About 100 ms a megapixel.
double surviving_share(const Image& original, const Image& released, const PlatformStep& step);

}  // namespace wardmark
