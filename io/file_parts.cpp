#include "io/file_parts.h"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

#include "core/error.h"
#include "io/codec.h"
#include "io/jpeg_segments.h"
#include "io/png_chunks.h"
#include "io/tiff_page.h"
#include "io/webp_chunks.h"

namespace wardmark {
namespace {

using namespace std::string_view_literals;

class Parts {
 public:
  void add(std::string_view name, std::uint64_t bytes) {
    const auto same = std::ranges::find(parts_, name, &FilePart::name);
    if (same == parts_.end()) {
      parts_.push_back({std::string(name), bytes});
    } else {
      same->bytes += bytes;
    }
  }
  std::vector<FilePart> take() { return std::move(parts_); }

 private:
  std::vector<FilePart> parts_;
};

/// What a segment or chunk is called by what it begins with.
struct Beginning {
  std::uint8_t marker;
  std::string_view bytes, name;
};
constexpr std::array<Beginning, 9> kSegments = {{{0xE0, "JFIF\0"sv, "JFIF"},
                                                 {0xE0, "JFXX\0"sv, "JFIF thumbnail"},
                                                 {0xE1, "Exif\0"sv, "EXIF"},
                                                 {0xE1, "http://ns.adobe.com/xap/1.0/\0"sv, "XMP"},
                                                 {0xE1, "http://ns.adobe.com/xmp/extension/\0"sv, "extended XMP"},
                                                 {0xE2, "ICC_PROFILE\0"sv, "ICC profile"},
                                                 {0xE2, "MPF\0"sv, "index of further pictures (MPF)"},
                                                 {0xEB, "JP"sv, "content credentials (C2PA)"},
                                                 {0xED, "Photoshop 3.0\0"sv, "Photoshop resources (IPTC)"}}};

void jpeg_parts(ByteView file, Parts& parts) {
  const JpegLayout layout = read_jpeg_layout(file);
  for (const JpegSegment& segment : layout.head) {
    const auto known = std::ranges::find_if(kSegments, [&](const Beginning& row) {
      return row.marker == segment.marker && text_of(segment.payload).starts_with(row.bytes);
    });
    const std::string other =
        segment.marker == 0xFE ? "comment" : "segment APP" + std::to_string(segment.marker - 0xE0);
    parts.add(known == kSegments.end() ? std::string_view(other) : known->name, segment.payload.size());
  }
  if (layout.end < file.size()) parts.add("data behind the picture", file.size() - layout.end);
}

void png_parts(ByteView file, Parts& parts) {
  const PngLayout layout = read_png_layout(file);
  for (const PngChunk& chunk : layout.chunks) {
    if (chunk.name == "IHDR" || chunk.name == "IDAT" || chunk.name == "IEND") continue;
    const std::string name = chunk.name == "eXIf"   ? "EXIF"
                             : chunk.name == "iCCP" ? "ICC profile"
                             : chunk.name == "caBX" ? "content credentials (C2PA)"
                             : text_of(chunk.data).starts_with("XML:com.adobe.xmp")
                                 ? "XMP"
                                 : "chunk " + std::string(chunk.name);
    parts.add(name, chunk.data.size());
  }
  if (layout.end < file.size()) parts.add("data behind the picture", file.size() - layout.end);
}

void webp_parts(ByteView file, Parts& parts) {
  const WebpLayout layout = read_webp_layout(file);
  for (const WebpChunk& chunk : layout.chunks) {
    if (chunk.name == "VP8X" || is_webp_picture(chunk.name)) continue;
    const std::string name = chunk.name == "ICCP"   ? "ICC profile"
                             : chunk.name == "XMP " ? "XMP"
                             : chunk.name == "EXIF" ? "EXIF"
                             : chunk.name == "C2PA" ? "content credentials (C2PA)"
                                                    : "chunk \"" + std::string(chunk.name) + "\"";
    parts.add(name, chunk.data.size());
  }
  if (layout.end < file.size()) parts.add("data behind the picture", file.size() - layout.end);
}

void tiff_parts(ByteView file, Parts& parts) {
  const TiffBlock tiff(file);
  std::set<std::uint64_t> seen;
  for (std::uint64_t at = tiff.first(); at != 0 && at < file.size() && seen.insert(at).second;) {
    const auto directory = tiff.directory(static_cast<std::size_t>(at));
    if (!directory) return;
    const ImageShape size = tiff_page_size(tiff, *directory);
    const std::string text = std::to_string(size.width) + " x " + std::to_string(size.height);
    parts.add((is_reduced_page(tiff, *directory) ? "reduced version " : "page ") + text, 0);
    for (const TiffEntry& entry : directory->entries) {
      const std::string name = entry.tag == tiff_tag::exif               ? "EXIF"
                               : entry.tag == tiff_tag::gps              ? "GPS"
                               : entry.tag == tiff_tag::icc              ? "ICC profile"
                               : entry.tag == tiff_tag::xmp              ? "XMP"
                               : entry.tag == tiff_tag::iptc             ? "IPTC"
                               : entry.tag == tiff_tag::photoshop        ? "Photoshop resources (IPTC)"
                               : entry.tag == tiff_tag::photoshop_layers ? "Photoshop layers"
                               : entry.tag == tiff_tag::sub_images       ? "further pictures inside a page"
                               : entry.tag == tiff_tag::c2pa             ? "content credentials (C2PA)"
                                                                         : "";
      if (!name.empty()) parts.add(name, entry.size);
    }
    at = directory->next;
  }
}

}  // namespace

std::vector<FilePart> file_parts(ByteView file) {
  Parts parts;
  try {
    const std::string_view format = codec_for(file).name;
    if (format == "jpeg") jpeg_parts(file, parts);
    if (format == "png") png_parts(file, parts);
    if (format == "webp") webp_parts(file, parts);
    if (format == "tiff") tiff_parts(file, parts);
  } catch (const Error&) {
    return {};
  }
  return parts.take();
}

}  // namespace wardmark
