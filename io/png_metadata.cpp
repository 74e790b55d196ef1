#include "io/png_metadata.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "core/error.h"
#include "io/embedded_picture.h"
#include "io/exif.h"
#include "io/joined_bytes.h"
#include "io/png_text.h"

namespace wardmark {

namespace {

using namespace std::string_view_literals;

constexpr std::size_t kSmall = 64;

/// Chunks without room for a picture, or whose content is a colour description.
constexpr std::array<std::string_view, 19> kCarried = {"gAMA", "cHRM", "sRGB", "iCCP", "sBIT", "pHYs", "tIME",
                                                       "bKGD", "hIST", "sPLT", "oFFs", "pCAL", "sCAL", "sTER",
                                                       "cICP", "mDCV", "cLLI", "mDCv", "cLLi"};

bool is_one_of(std::string_view name, std::span<const std::string_view> names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

class Collector {
 public:
  Collector(ByteView file, const PngLayout& layout) : file_(file), layout_(layout) {}

  PngMetadata run() {
    for (const PngChunk& chunk : layout_.chunks) visit(chunk);
    const std::size_t trailer = file_.size() - layout_.end;
    if (trailer > 0) note(Code::dropped_trailer, std::to_string(trailer) + " bytes");
    return std::move(result_);
  }

 private:
  void visit(const PngChunk& chunk) {
    const std::string_view name = chunk.name;
    if (name == "IHDR" || name == "IEND") return;
    if (name == "IDAT") {
      data_seen_ = true;
      return;
    }
    if (!checksum_fits(chunk)) {
      throw Error(Code::metadata_broken, "wrong checksum of the chunk " + std::string(name),
                  "save the picture again with an image editor, or remove the chunk");
    }
    if (name == "tRNS") {
      throw Error(Code::image_unsupported, "a transparent colour: a change would move pixels in or out of it",
                  "convert it to a PNG with an alpha channel first");
    }
    if (name == "acTL" || name == "fcTL" || name == "fdAT") {
      throw Error(Code::image_animated, "animated PNG", "save its frames as single PNG files first");
    }
    if (name == "PLTE" || is_one_of(name, kCarried)) return keep_unless_picture(chunk);
    if (name == "eXIf") return exif(chunk);
    if (name == "tEXt" || name == "zTXt" || name == "iTXt") return text(chunk);
    if (name == "caBX") return note(Code::dropped_c2pa, "");
    other(chunk);
  }

  void exif(const PngChunk& chunk) {
    constexpr std::string_view kPrefix = "Exif\0\0"sv;  // some writers copy it from JPEG
    const bool prefixed = text_of(chunk.data).substr(0, kPrefix.size()) == kPrefix;
    const std::size_t skipped = prefixed ? kPrefix.size() : 0;
    const Exif clean = clean_exif(chunk.data.subspan(skipped));
    if (clean.thumbnail && result_.thumbnail) return note(Code::dropped_thumbnail, "a second EXIF chunk");
    result_.orientation = clean.orientation;
    result_.thumbnail = clean.thumbnail;
    if (result_.thumbnail) {
      result_.thumbnail->at += skipped;
    }
    for (const Note& dropped : clean.notes) note(dropped.code, dropped.detail);
    keep(chunk.name, joined(chunk.data.first(skipped), clean.block));
  }

  void text(const PngChunk& chunk) {
    PngText clean = clean_png_text(chunk);
    if (clean.note) note(clean.note->code, clean.note->detail);
    if (clean.data) keep(chunk.name, std::move(*clean.data));
  }

  /// The case of the first letter of a name says critical or not, that of the fourth safe to copy beside other pixels.
  void other(const PngChunk& chunk) {
    if (chunk.name[0] >= 'A' && chunk.name[0] <= 'Z') {
      throw Error(Code::image_unsupported, "unknown critical chunk " + std::string(chunk.name),
                  "save the picture again with an image editor");
    }
    const bool safe = chunk.name[3] >= 'a' && chunk.data.size() <= kSmall;
    if (safe) return keep_unless_picture(chunk);
    note(Code::dropped_segment, std::string(chunk.name) + ", " + std::to_string(chunk.data.size()) + " bytes");
  }

  void keep_unless_picture(const PngChunk& chunk) {
    if (!holds_picture(chunk.data)) return keep(chunk.name, joined(chunk.data, {}));
    note(Code::dropped_segment, std::string(chunk.name) + " with a picture in it");
  }

  void keep(std::string_view name, Bytes data) {
    CarriedChunk carried;
    std::copy_n(name.begin(), carried.name.size(), carried.name.begin());
    carried.data = std::move(data);
    (data_seen_ ? result_.after : result_.before).push_back(std::move(carried));
  }

  void note(Code code, const std::string& detail) { result_.notes.push_back({code, detail}); }

  ByteView file_;
  const PngLayout& layout_;
  PngMetadata result_;
  bool data_seen_ = false;
};

}  // namespace

PngMetadata carried_metadata(ByteView file, const PngLayout& layout) { return Collector(file, layout).run(); }

}  // namespace wardmark
