#pragma once
#include <optional>

#include "core/bytes.h"
#include "io/exif.h"

namespace wardmark {

/// What a picture of another format takes along, without pictures; empty where there is none.
struct PortableMetadata {
  Bytes exif;                                             ///< from "II*\0" or "MM\0*" on
  Bytes xmp;                                              ///< the packet
  Bytes icc;                                              ///< the whole profile, fit for the picture's channels
  std::optional<ExifThumbnail> thumbnail = std::nullopt;  ///< of `exif`
};

/// Of a JPEG or WebP file; IPTC, comments and the pixel density stay behind. Errors of Kind::item as decoding gives.
PortableMetadata portable_metadata_of_jpeg(ByteView file, int channels);
PortableMetadata portable_metadata_of_webp(ByteView file, int channels);

/// `profile` when it is of the picture's kind (grey, RGB), else nothing.
Bytes fitting_profile(Bytes profile, int channels);

}  // namespace wardmark
