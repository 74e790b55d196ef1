#include <cstdlib>

#include "core/error.h"
#include "io/embedded_picture.h"
#include "io/jpeg_metadata.h"
#include "io/photoshop.h"

using namespace wardmark;

/// A JPEG file up to its entropy-coded data: no carried segment holds a picture or is too long for a segment.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView file(data, size);
  if (holds_picture(clean_photoshop(file).block)) std::abort();
  find_jpeg_frame(file);
  try {
    const JpegLayout layout = read_jpeg_layout(file);
    if (layout.end > size) std::abort();
    for (const CarriedSegment& segment : carried_metadata(file, layout).segments) {
      if (segment.payload.size() > 65533 || holds_picture(segment.payload)) std::abort();
    }
  } catch (const Error& error) {
    if (error.kind() != Kind::item) std::abort();
  }
  return 0;
}
