#pragma once
#include <string>

#include "core/bytes.h"

namespace wardmark {

/// A PNG of 2 x 2 pixels, RGB, 8 bits: sample x of row y is 10 y + x.
inline std::string tiny_png() {
  return std::string(text_of(
      from_hex("89504e470d0a1a0a0000000d4948445200000002000000020802000000fdd49a730000001649444154789c63606064626661"
               "65e0e2e6e1e5e30700018f005b9cf6399c0000000049454e44ae426082")));
}

}  // namespace wardmark
