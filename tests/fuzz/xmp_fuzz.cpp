#include <cstdlib>

#include "io/embedded_picture.h"
#include "io/xmp.h"

using namespace wardmark;

/// An XMP packet: the length stays, and nothing is left for a second pass.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Xmp clean = clean_xmp({data, size});
  if (clean.packet.size() != size) std::abort();
  if (clean.readable) {
    if (holds_picture(clean.packet) || clean_xmp(clean.packet).blanked != 0) std::abort();
  }
  blank_extension_mark(clean.packet);
  return 0;
}
