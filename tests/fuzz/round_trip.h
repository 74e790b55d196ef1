#pragma once
#include <cstdlib>

#include "core/error.h"
#include "io/codec.h"

namespace wardmark {

/// Decodes a file of at most a million pixels, writes it and decodes that: what is accepted can be written, twice the
/// same, and read back with nothing left to drop but previews of its own.
inline void round_trip(const Codec& codec, ByteView file) {
  CodecLimits limits;
  limits.max_pixels = 1000000;
  codec.dimensions(file);
  try {
    const Picture picture = codec.decode(file, limits);
    const Bytes written = codec.encode(picture, picture.image);
    const Picture back = codec.decode(written, limits);
    if (!back.image.same_shape(picture.image)) std::abort();
    for (const Note& note : back.notes) {
      if (note.code != Code::redrawn_preview) std::abort();
    }
    if (!picture.lossy && !(back.image == picture.image)) std::abort();
    if (codec.encode(picture, picture.image) != written) std::abort();
  } catch (const Error& error) {
    if (error.kind() != Kind::item) std::abort();
  }
}

}  // namespace wardmark
