#include <cstdlib>

#include "core/error.h"
#include "io/embedded_picture.h"
#include "io/exif.h"

using namespace wardmark;

/// An EXIF block: what is let through holds no picture, is not longer, and stays as it is in a second pass.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ExifSurroundings around;
  around.file_start = -12;
  around.picture_starts = {1000, 70000};
  try {
    const Exif clean = clean_exif({data, size}, around);
    if (clean.block.size() > size || holds_picture(clean.block)) std::abort();
    if (clean.orientation < 1 || clean.orientation > 8) std::abort();
  } catch (const Error& error) {
    if (error.kind() != Kind::item) std::abort();
  }
  return 0;
}
