#include "medical/pixel_access.h"

#include <dcmtk/dcmdata/dcdeftag.h>

#include <algorithm>
#include <cstring>

#include "medical/pixel_samples.h"

namespace wardmark {
namespace {

bool overlays_in_pixels(DcmDataset& data) {
  for (Uint16 group = 0x6000; group <= 0x601E; group = static_cast<Uint16>(group + 2)) {
    if (short_of(data, DcmTagKey(group, 0x0102)).value_or(0) > 0) return true;
  }
  return false;
}

/// What the spare bits of the frames so far have in common.
struct SpareBits {
  bool clear = true;
  bool carried = true;
  void look(ByteView frame, const PixelFormat& f) {
    if (f.colour() || f.stored == f.allocated) return;
    clear = clear && spare_bits_clear(frame.data(), f);
    carried = carried && carries_sign(frame.data(), f);
  }
};

}  // namespace

DecodedPixels decode_pixels(DicomObject& object, const PixelFormat& format) {
  DecodedPixels out;
  out.image = Image(format.columns, format.rows * format.frames, format.samples, format.allocated);
  FrameReader reader(object, format);
  SpareBits spare;
  for (int k = 0; k < format.frames; ++k) {
    const ByteView frame = reader.frame(k);
    unpack_frame(frame.data(), reader.layout(), out.image, k * format.rows);
    spare.look(frame, reader.layout());
  }
  RawPixels& raw = out.raw;
  raw.layout = reader.layout();
  raw.overlays = overlays_in_pixels(object.data());
  const bool plain = raw.layout.colour() || raw.layout.stored == raw.layout.allocated;
  raw.carry = !plain && spare.carried && !raw.overlays;
  raw.surplus.assign(reader.surplus().begin(), reader.surplus().end());
  const bool said = plain || raw.carry || spare.clear;
  if (said) return out;
  const std::size_t size = raw.layout.frame_bytes();
  raw.frames.resize(size * static_cast<std::size_t>(format.frames));
  FrameReader again(object, format);
  for (int k = 0; k < format.frames; ++k) {
    std::memcpy(raw.frames.data() + static_cast<std::size_t>(k) * size, again.frame(k).data(), size);
  }
  return out;
}

Image decode_image(DicomObject& object, const PixelFormat& format) {
  Image image(format.columns, format.rows * format.frames, format.samples, format.allocated);
  FrameReader reader(object, format);
  for (int k = 0; k < format.frames; ++k) {
    const ByteView frame = reader.frame(k);
    unpack_frame(frame.data(), reader.layout(), image, k * format.rows);
  }
  return image;
}

Image unpacked_frame(FrameReader& reader, int k) {
  const ByteView frame = reader.frame(k);
  const PixelFormat& f = reader.layout();
  Image image(f.columns, f.rows, f.samples, f.allocated);
  unpack_frame(frame.data(), f, image, 0);
  return image;
}

std::uint64_t surplus_bytes(const DicomObject& object, const PixelFormat& format) {
  if (object.syntax->reader != PixelReader::native) return 0;
  const std::uint64_t expected = format.frame_bytes() * static_cast<std::uint64_t>(format.frames);
  const std::uint64_t length = pixel_length(object);
  const std::uint64_t padded = expected + expected % 2;
  return length > padded ? length - padded : 0;
}

}  // namespace wardmark
