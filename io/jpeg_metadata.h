#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/bytes.h"
#include "core/image.h"
#include "core/report.h"
#include "io/exif.h"
#include "io/jpeg_segments.h"

namespace wardmark {

/// A segment to be written again.
struct CarriedSegment {
  std::uint8_t marker = 0;
  Bytes payload;
};

/// What is written back beside the picture.
struct JpegMetadata {
  std::vector<CarriedSegment> segments;                   ///< in file order; payloads of at most 65533 bytes
  int orientation = 1;                                    ///< from EXIF
  std::vector<Note> notes;                                ///< what was left out or is drawn anew
  std::optional<ExifThumbnail> thumbnail = std::nullopt;  ///< of the first EXIF segment, counted from its payload
  std::size_t thumbnail_segment = 0;                      ///< which of the segments that is
};

/// The payload of segment `i`, with the thumbnail of `picture` where it has one.
Bytes payload_with_thumbnail(const JpegMetadata& metadata, std::size_t i, const Image& picture);

/// The segments of `file` that may be written beside a changed picture: JFIF without thumbnail, EXIF and XMP without
/// pictures, ICC profile, IPTC, comments, Adobe and other small segments byte for byte. Left out and noted: JFXX and
/// JFIF thumbnails, MPF and its pictures, Photoshop resources, C2PA, extended XMP with pictures, unknown segments of
/// more than 64 bytes or with a picture in them, all behind the end marker. Error(metadata_preview) and
/// (metadata_broken) as clean_exif().
JpegMetadata carried_metadata(ByteView file, const JpegLayout& layout);

}  // namespace wardmark
