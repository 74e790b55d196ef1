#include "io/jpeg_metadata.h"

#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "io/embedded_picture.h"
#include "io/exif.h"
#include "io/joined_bytes.h"
#include "io/photoshop.h"
#include "io/xmp.h"

namespace wardmark {

namespace {

using namespace std::string_view_literals;

constexpr std::string_view kJfif = "JFIF\0"sv;
constexpr std::string_view kJfxx = "JFXX\0"sv;
constexpr std::string_view kExif = "Exif\0\0"sv;
constexpr std::string_view kXmp = "http://ns.adobe.com/xap/1.0/\0"sv;
constexpr std::string_view kExtendedXmp = "http://ns.adobe.com/xmp/extension/\0"sv;
constexpr std::string_view kIcc = "ICC_PROFILE\0"sv;
constexpr std::string_view kMpf = "MPF\0"sv;
constexpr std::string_view kPhotoshop = "Photoshop 3.0\0"sv;
constexpr std::size_t kJfifBytes = 14;
constexpr std::size_t kExtendedHeader = kExtendedXmp.size() + 32 + 4 + 4;  // digest, whole length, position
constexpr std::size_t kSmall = 64;
constexpr std::size_t kMostPayload = 65533;
constexpr std::size_t kMostTrailingPictures = 256;

bool begins(ByteView payload, std::string_view with) {
  return payload.size() >= with.size() && std::memcmp(payload.data(), with.data(), with.size()) == 0;
}

std::string application_name(std::uint8_t marker) {
  return marker == 0xFE ? std::string("comment") : "APP" + std::to_string(marker - 0xE0);
}

class Collector {
 public:
  Collector(ByteView file, const JpegLayout& layout) : file_(file), layout_(layout) {}

  JpegMetadata run() {
    find_trailing_pictures();
    judge_extended_xmp();
    join_photoshop();
    for (const JpegSegment& segment : layout_.head) visit(segment);
    if (layout_.later_segments > 0) {
      note(Code::dropped_segment, std::to_string(layout_.later_segments) + " between the scans");
    }
    note_trailer();
    return std::move(result_);
  }

 private:
  void visit(const JpegSegment& segment) {
    const ByteView payload = segment.payload;
    switch (segment.marker) {
      case 0xE0:
        if (begins(payload, kJfif)) return jfif(payload);
        if (begins(payload, kJfxx)) return note(Code::dropped_thumbnail, "JFXX");
        return other(segment);
      case 0xE1:
        if (begins(payload, kExif)) return exif(segment);
        if (begins(payload, kXmp)) return xmp(payload);
        if (begins(payload, kExtendedXmp)) return extended_xmp(payload);
        return other(segment);
      case 0xE2:
        if (begins(payload, kIcc)) return keep_unless_picture(segment);
        if (begins(payload, kMpf)) return mpf();
        return other(segment);
      case 0xEB:
        if (begins(payload, "JP")) return note(Code::dropped_c2pa, "");
        return other(segment);
      case 0xED:
        if (begins(payload, kPhotoshop)) return photoshop();
        return other(segment);
      case 0xFE:
        return keep_unless_picture(segment);
      default:
        return other(segment);
    }
  }

  void jfif(ByteView payload) {
    if (payload.size() <= kJfifBytes) {
      keep(0xE0, payload);
      return;
    }
    Bytes bytes = joined(payload.first(kJfifBytes), {});
    bytes[kJfifBytes - 2] = 0;
    bytes[kJfifBytes - 1] = 0;
    keep(0xE0, bytes);
    note(Code::dropped_thumbnail, "JFIF");
  }

  void exif(const JpegSegment& segment) {
    const ByteView block = segment.payload.subspan(kExif.size());
    if (exif_seen_ && !(block.size() > 4 && (begins(block, "II*\0"sv) || begins(block, "MM\0*"sv)))) {
      note(Code::dropped_segment, "a second EXIF segment without header");
      return;
    }
    ExifSurroundings around;
    const auto base = static_cast<std::int64_t>(segment.at + kExif.size());
    around.file_start = -base;
    for (const std::size_t start : trailing_pictures_) {
      around.picture_starts.push_back(static_cast<std::int64_t>(start) - base);
    }
    const Exif clean = clean_exif(block, around);
    if (!exif_seen_) result_.orientation = clean.orientation;
    exif_seen_ = true;
    if (clean.thumbnail) {
      if (result_.thumbnail) return note(Code::dropped_segment, "a second EXIF segment with a thumbnail");
      result_.thumbnail = clean.thumbnail;
      result_.thumbnail->at += kExif.size();
      result_.thumbnail_segment = result_.segments.size();
    }
    for (const Note& dropped : clean.notes) note(dropped.code, dropped.detail);
    keep(0xE1, joined(bytes_of(kExif), clean.block));
  }

  void xmp(ByteView payload) {
    Xmp clean = clean_xmp(payload.subspan(kXmp.size()));
    if (!clean.readable) return note(Code::dropped_xmp_thumbnail, "the whole packet: no plain text");
    if (clean.blanked > 0) note(Code::dropped_xmp_thumbnail, std::to_string(clean.blanked) + " bytes");
    if (extended_dropped_) blank_extension_mark(clean.packet);
    keep(0xE1, joined(bytes_of(kXmp), clean.packet));
  }

  void extended_xmp(ByteView payload) {
    if (!extended_dropped_) keep(0xE1, payload);
  }

  /// A picture may run over several segments, so they are judged together: as stored one after another.
  void judge_extended_xmp() {
    Bytes joined;
    for (const JpegSegment& segment : layout_.head) {
      if (segment.marker != 0xE1 || !begins(segment.payload, kExtendedXmp)) continue;
      if (segment.payload.size() > kExtendedHeader) append(joined, segment.payload.subspan(kExtendedHeader));
    }
    const Xmp clean = clean_xmp(joined);
    extended_dropped_ = clean.blanked > 0 || !clean.readable;
    if (extended_dropped_)
      note(Code::dropped_xmp_thumbnail, "extended XMP, " + std::to_string(joined.size()) + " bytes");
  }

  void mpf() {
    if (mpf_seen_) return;
    mpf_seen_ = true;
    note(Code::dropped_mpf, std::to_string(trailer_bytes()) + " bytes of further pictures");
  }

  /// Resources may be cut at segment borders; they are cleaned together and written where the first one stood.
  void join_photoshop() {
    Bytes joined;
    std::size_t segments = 0;
    for (const JpegSegment& segment : layout_.head) {
      if (segment.marker != 0xED || !begins(segment.payload, kPhotoshop)) continue;
      append(joined, segment.payload.subspan(kPhotoshop.size()));
      ++segments;
    }
    if (segments == 0) return;
    photoshop_ = clean_photoshop(joined);
    if (photoshop_->block.size() > kMostPayload - kPhotoshop.size()) photoshop_ = PhotoshopResources{Bytes(), true};
  }

  void photoshop() {
    if (photoshop_written_) return;
    photoshop_written_ = true;
    if (photoshop_->dropped) {
      note(Code::dropped_photoshop, photoshop_->block.empty() ? "all resources" : "all resources but IPTC");
    }
    if (photoshop_->block.empty()) return;
    keep(0xED, joined(bytes_of(kPhotoshop), photoshop_->block));
  }

  void other(const JpegSegment& segment) {
    if (segment.payload.size() <= kSmall) return keep_unless_picture(segment);
    note(Code::dropped_segment,
         application_name(segment.marker) + ", " + std::to_string(segment.payload.size()) + " bytes");
  }

  void keep_unless_picture(const JpegSegment& segment) {
    if (!holds_picture(segment.payload)) return keep(segment.marker, segment.payload);
    note(Code::dropped_segment, application_name(segment.marker) + " with a picture in it");
  }

  void keep(std::uint8_t marker, ByteView payload) { result_.segments.push_back({marker, joined(payload, {})}); }

  void note(Code code, const std::string& detail) { result_.notes.push_back({code, detail}); }

  std::size_t trailer_bytes() const { return file_.size() - layout_.end; }

  void find_trailing_pictures() {
    std::size_t at = find_picture(file_, layout_.end);
    while (at != kNoPicture && trailing_pictures_.size() < kMostTrailingPictures) {
      trailing_pictures_.push_back(at);
      at = find_picture(file_, at + 1);
    }
  }

  void note_trailer() {
    if (trailer_bytes() > 0 && !mpf_seen_) note(Code::dropped_trailer, std::to_string(trailer_bytes()) + " bytes");
  }

  ByteView file_;
  const JpegLayout& layout_;
  JpegMetadata result_;
  std::vector<std::size_t> trailing_pictures_;
  std::optional<PhotoshopResources> photoshop_;
  bool photoshop_written_ = false;
  bool exif_seen_ = false;
  bool extended_dropped_ = false;
  bool mpf_seen_ = false;
};

}  // namespace

Bytes payload_with_thumbnail(const JpegMetadata& metadata, std::size_t i, const Image& picture) {
  Bytes payload = joined(metadata.segments[i].payload, {});
  if (metadata.thumbnail && metadata.thumbnail_segment == i) draw_thumbnail(payload, *metadata.thumbnail, picture);
  return payload;
}

JpegMetadata carried_metadata(ByteView file, const JpegLayout& layout) { return Collector(file, layout).run(); }

}  // namespace wardmark
