#include "io/webp_metadata.h"

#include <string_view>

#include "io/embedded_picture.h"
#include "io/joined_bytes.h"
#include "io/xmp.h"

namespace wardmark {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t kSmall = 64;

class Collector {
 public:
  Collector(ByteView file, const WebpLayout& layout) : file_(file), layout_(layout) {}

  WebpMetadata run() {
    for (const WebpChunk& chunk : layout_.chunks) visit(chunk);
    const std::size_t trailer = file_.size() - layout_.end;
    if (trailer > 0) note(Code::dropped_trailer, std::to_string(trailer) + " bytes");
    return std::move(result_);
  }

 private:
  void visit(const WebpChunk& chunk) {
    if (chunk.name == "VP8X") return;
    if (is_webp_picture(chunk.name)) {
      picture_seen_ = true;
      return;
    }
    if (chunk.name == "C2PA") return note(Code::dropped_c2pa, "");
    if (layout_.extended && chunk.name == "ICCP") return icc(chunk);
    if (layout_.extended && chunk.name == "EXIF") return exif(chunk);
    if (layout_.extended && chunk.name == "XMP ") return xmp(chunk);
    if (!layout_.extended || chunk.data.size() > kSmall || holds_picture(chunk.data)) return leave(chunk);
    keep(chunk.name, joined(chunk.data, {}));
  }

  void icc(const WebpChunk& chunk) {
    if (holds_picture(chunk.data)) return leave(chunk);
    result_.flags |= WebpFlags::icc;
    keep(chunk.name, joined(chunk.data, {}));
  }

  void exif(const WebpChunk& chunk) {
    constexpr std::string_view kPrefix = "Exif\0\0"sv;  // some writers copy it from JPEG
    const bool prefixed = text_of(chunk.data).starts_with(kPrefix);
    const std::size_t skipped = prefixed ? kPrefix.size() : 0;
    const Exif clean = clean_exif(chunk.data.subspan(skipped));
    if (clean.thumbnail && result_.thumbnail) return note(Code::dropped_thumbnail, "a second EXIF chunk");
    result_.orientation = clean.orientation;
    result_.thumbnail = clean.thumbnail;
    if (result_.thumbnail) {
      result_.thumbnail->at += skipped;
    }
    result_.flags |= WebpFlags::exif;
    for (const Note& dropped : clean.notes) note(dropped.code, dropped.detail);
    keep(chunk.name, joined(chunk.data.first(skipped), clean.block));
  }

  void xmp(const WebpChunk& chunk) {
    const Xmp clean = clean_xmp(chunk.data);
    if (!clean.readable) return note(Code::dropped_xmp_thumbnail, "the whole packet: no plain text");
    if (clean.blanked > 0) note(Code::dropped_xmp_thumbnail, std::to_string(clean.blanked) + " bytes");
    result_.flags |= WebpFlags::xmp;
    keep(chunk.name, joined(clean.packet, {}));
  }

  void leave(const WebpChunk& chunk) {
    note(Code::dropped_segment, "\"" + std::string(chunk.name) + "\", " + std::to_string(chunk.data.size()) + " bytes");
  }

  void keep(std::string_view name, Bytes data) {
    (picture_seen_ ? result_.after : result_.before).push_back({std::string(name), std::move(data)});
  }

  void note(Code code, const std::string& detail) { result_.notes.push_back({code, detail}); }

  ByteView file_;
  const WebpLayout& layout_;
  WebpMetadata result_;
  bool picture_seen_ = false;
};

}  // namespace

WebpMetadata carried_metadata(ByteView file, const WebpLayout& layout) { return Collector(file, layout).run(); }

}  // namespace wardmark
