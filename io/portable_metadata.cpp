#include "io/portable_metadata.h"

#include <map>
#include <string_view>

#include "io/joined_bytes.h"
#include "io/jpeg_metadata.h"
#include "io/webp_metadata.h"

namespace wardmark {
namespace {

constexpr std::string_view kExifStart{"Exif\0\0", 6};
constexpr std::string_view kXmpStart{"http://ns.adobe.com/xap/1.0/\0", 29};
constexpr std::string_view kIccStart{"ICC_PROFILE\0", 12};

bool take_start(ByteView& payload, std::string_view start) {
  if (!text_of(payload).starts_with(start)) return false;
  payload = payload.subspan(start.size());
  return true;
}

/// `thumbnail`, counted from behind `skipped` bytes.
std::optional<ExifThumbnail> moved(std::optional<ExifThumbnail> thumbnail, std::size_t skipped) {
  if (thumbnail) {
    thumbnail->at -= skipped;
  }
  return thumbnail;
}

/// All parts in their order, or nothing.
Bytes whole_profile(const std::map<int, ByteView>& parts, int expected) {
  Bytes profile;
  int next = 1;
  for (const auto& [number, part] : parts) {
    if (number != next++) return {};
    append(profile, part);
  }
  return next - 1 == expected ? profile : Bytes();
}

}  // namespace

Bytes fitting_profile(Bytes profile, int channels) {
  constexpr std::size_t kHeader = 128, kSpaceAt = 16;
  if (profile.size() < kHeader) return {};
  const std::string_view space = text_of(ByteView(profile).subspan(kSpaceAt, 4));
  return space == (channels <= 2 ? "GRAY" : "RGB ") ? profile : Bytes();
}

PortableMetadata portable_metadata_of_jpeg(ByteView file, int channels) {
  PortableMetadata carried;
  std::map<int, ByteView> profile;
  int profile_parts = 0;
  const JpegMetadata metadata = carried_metadata(file, read_jpeg_layout(file));
  for (std::size_t i = 0; i < metadata.segments.size(); ++i) {
    const CarriedSegment& segment = metadata.segments[i];
    ByteView payload = segment.payload;
    if (segment.marker == 0xE1 && carried.exif.empty() && take_start(payload, kExifStart)) {
      carried.exif = joined(payload, {});
      if (metadata.thumbnail_segment == i) carried.thumbnail = moved(metadata.thumbnail, kExifStart.size());
    } else if (segment.marker == 0xE1 && carried.xmp.empty() && take_start(payload, kXmpStart)) {
      carried.xmp = joined(payload, {});
    } else if (segment.marker == 0xE2 && take_start(payload, kIccStart) && payload.size() > 2) {
      profile_parts = payload[1];
      profile.emplace(payload[0], payload.subspan(2));
    }
  }
  carried.icc = fitting_profile(whole_profile(profile, profile_parts), channels);
  return carried;
}

PortableMetadata portable_metadata_of_webp(ByteView file, int channels) {
  PortableMetadata carried;
  const WebpMetadata metadata = carried_metadata(file, read_webp_layout(file));
  for (const auto* list : {&metadata.before, &metadata.after}) {
    for (const CarriedWebpChunk& chunk : *list) {
      ByteView data = chunk.data;
      if (chunk.name == "EXIF") {
        const std::size_t skipped = take_start(data, kExifStart) ? kExifStart.size() : 0;
        carried.exif = joined(data, {});
        carried.thumbnail = moved(metadata.thumbnail, skipped);
      } else if (chunk.name == "XMP ") {
        carried.xmp = joined(data, {});
      } else if (chunk.name == "ICCP") {
        carried.icc = fitting_profile(joined(data, {}), channels);
      }
    }
  }
  return carried;
}

}  // namespace wardmark
