#include "io/bmp_codec.h"

#include <algorithm>
#include <array>
#include <bit>
#include <memory>
#include <string>
#include <string_view>

#include "core/error.h"
#include "io/byte_order.h"
#include "io/embedded_picture.h"
#include "io/joined_bytes.h"

namespace wardmark {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t kFileHeader = 14, kCoreHeader = 12, kInfoHeader = 40, kProfileHeader = 124, kSmall = 64;
constexpr std::uint32_t kPlain = 0, kFields = 3, kJpeg = 4, kAlphaFields = 6;
constexpr int kMostSide = 1 << 24;

[[noreturn]] void refuse_broken_bmp(const std::string& what) {
  throw Error(Code::image_broken, "damaged BMP: " + what,
              "restore it from a copy, or open and save it with an image editor");
}

/// What the headers say, checked against the size of the file.
struct BmpLayout {
  ImageShape shape;
  bool top_down = false;
  std::array<std::uint8_t, 4> place{2, 1, 0, 3};  ///< byte of a pixel that holds red, green, blue, the fourth
  std::size_t known = 0;                          ///< bytes of headers and palette
  std::size_t pixels = 0;                         ///< position of the first stored row
  std::size_t stride = 0;
  std::size_t profile_end = 0;  ///< behind a colour profile that follows the pixels, or 0
  std::size_t pixels_end() const { return pixels + stride * static_cast<std::size_t>(shape.height); }
};

/// How a BMP was stored, beside its pixels.
struct BmpForm : StoredForm {
  BmpLayout layout;
  Bytes head, tail;
};

/// The byte of a pixel that a mask selects.
std::uint8_t byte_of(std::uint32_t mask) {
  for (std::uint8_t i = 0; i < 4; ++i) {
    if (mask == std::uint32_t{0xFF} << (8 * i)) return i;
  }
  throw Error(Code::image_low_depth, "colours that do not have 8 bits each", "convert it to PNG with 8-bit RGB first");
}

class HeaderReader {
 public:
  HeaderReader(ByteView file, const CodecLimits& limits) : file_(file), limits_(limits) {}

  BmpLayout run() {
    if (file_.size() < kFileHeader + kCoreHeader) refuse_broken_bmp("cut short in its header");
    header_ = u32(kFileHeader);
    if (header_ > file_.size() - kFileHeader) refuse_broken_bmp("cut short in its header");
    layout_.known = kFileHeader + header_;
    header_ == kCoreHeader ? core() : info();
    colours();
    extent();
    if (header_ >= kProfileHeader) profile();
    return layout_;
  }

 private:
  std::uint16_t u16(std::size_t at) const { return little16(file_.data() + at); }
  std::uint32_t u32(std::size_t at) const { return little32(file_.data() + at); }

  void core() {
    size(u16(kFileHeader + 4), u16(kFileHeader + 6));
    planes_ = u16(kFileHeader + 8);
    bits_ = u16(kFileHeader + 10);
  }

  void info() {
    if (header_ < kInfoHeader) refuse_broken_bmp("a header of " + std::to_string(header_) + " bytes");
    const auto height = static_cast<std::int32_t>(u32(kFileHeader + 8));
    layout_.top_down = height < 0;
    size(static_cast<std::int32_t>(u32(kFileHeader + 4)), height < 0 ? -std::int64_t{height} : height);
    planes_ = u16(kFileHeader + 12);
    bits_ = u16(kFileHeader + 14);
    compression_ = u32(kFileHeader + 16);
    colours_ = u32(kFileHeader + 32);
  }

  void size(std::int64_t width, std::int64_t height) {
    if (width <= 0 || height <= 0) refuse_broken_bmp("no pixel");
    if (width > kMostSide || height > kMostSide ||
        static_cast<std::uint64_t>(width) * static_cast<std::uint64_t>(height) > limits_.max_pixels) {
      throw Error(Code::image_too_large, std::to_string(width) + " x " + std::to_string(height) + " pixels",
                  "raise --max-pixels (now " + std::to_string(limits_.max_pixels) + "), or scale it down first");
    }
    layout_.shape.width = static_cast<int>(width);
    layout_.shape.height = static_cast<int>(height);
  }

  void colours() {
    if (planes_ != 1) refuse_broken_bmp(std::to_string(planes_) + " planes");
    if (compression_ == kJpeg || compression_ == kJpeg + 1) {
      throw Error(Code::image_coding, "a JPEG or PNG inside a BMP", "save it as JPEG or PNG first");
    }
    if (bits_ == 16) {
      throw Error(Code::image_low_depth, "5 or 6 bits per colour", "convert it to PNG with 8-bit RGB first");
    }
    if (bits_ == 8 || bits_ == 4 || bits_ == 2 || bits_ == 1) return palette();
    const bool fields = compression_ == kFields || compression_ == kAlphaFields;
    if ((bits_ != 24 && bits_ != 32) || (compression_ != kPlain && !(fields && bits_ == 32))) {
      refuse_broken_bmp(std::to_string(bits_) + " bits with compression " + std::to_string(compression_));
    }
    layout_.shape.channels = bits_ / 8;
    layout_.shape.alpha = bits_ == 32;
    if (fields) masks();
  }

  void masks() {
    if (header_ == kInfoHeader) layout_.known += compression_ == kAlphaFields ? 16 : 12;
    const std::size_t at = kFileHeader + kInfoHeader;
    if (at + 12 > file_.size()) refuse_broken_bmp("cut short in its masks");
    unsigned used = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      layout_.place[i] = byte_of(u32(at + 4 * i));
      used |= 1u << layout_.place[i];
    }
    if (std::popcount(used) != 3) refuse_broken_bmp("two colours in one byte");
    layout_.place[3] = static_cast<std::uint8_t>(std::countr_one(used));
  }

  void palette() {
    const std::size_t entry = header_ == kCoreHeader ? 3 : 4;
    const std::size_t entries = colours_ == 0 ? std::size_t{1} << bits_ : colours_;
    bool grey = bits_ == 8 && compression_ == kPlain && entries == 256;
    if (grey && layout_.known + 256 * entry > file_.size()) refuse_broken_bmp("cut short in its palette");
    for (std::size_t i = 0; grey && i < 256; ++i) {
      const std::uint8_t* colour = file_.data() + layout_.known + entry * i;
      grey = colour[0] == i && colour[1] == i && colour[2] == i;
    }
    if (!grey) {
      throw Error(Code::image_palette, "palette of " + std::to_string(bits_) + " bits",
                  "convert it to PNG with 8-bit RGB first");
    }
    layout_.known += 256 * entry;
    layout_.shape.channels = 1;
    layout_.place[0] = 0;
  }

  void extent() {
    layout_.pixels = u32(10);
    if (layout_.pixels < layout_.known) refuse_broken_bmp("pixels inside the header");
    layout_.stride = (layout_.shape.row_bytes() + 3) / 4 * 4;
    if (layout_.pixels > file_.size() || layout_.pixels_end() > file_.size()) refuse_broken_bmp("cut short");
  }

  /// A profile in the file; one that is only named says nothing more.
  void profile() {
    constexpr std::string_view kEmbedded = "DEBM"sv;
    if (text_of(file_.subspan(kFileHeader + 56, 4)) != kEmbedded) return;
    const std::uint64_t at = kFileHeader + std::uint64_t{u32(kFileHeader + 112)};
    const std::uint64_t end = at + u32(kFileHeader + 116);
    const std::size_t pixels_end = layout_.pixels_end();
    if (at < pixels_end || at - pixels_end > kSmall || end > file_.size()) return;
    layout_.profile_end = static_cast<std::size_t>(end);
  }

  ByteView file_;
  const CodecLimits& limits_;
  BmpLayout layout_;
  std::size_t header_ = 0;
  int planes_ = 0, bits_ = 0;
  std::uint32_t compression_ = 0, colours_ = 0;
};

/// One row from stored order to red, green, blue, the fourth, or back.
void load_row(const BmpLayout& layout, const std::uint8_t* from, std::uint8_t* to) {
  const std::size_t channels = static_cast<std::size_t>(layout.shape.channels);
  for (int x = 0; x < layout.shape.width; ++x, from += channels, to += channels) {
    for (std::size_t c = 0; c < channels; ++c) to[c] = from[layout.place[c]];
  }
}
void store_row(const BmpLayout& layout, const std::uint8_t* from, std::uint8_t* to) {
  const std::size_t channels = static_cast<std::size_t>(layout.shape.channels);
  for (int x = 0; x < layout.shape.width; ++x, from += channels, to += channels) {
    for (std::size_t c = 0; c < channels; ++c) to[layout.place[c]] = from[c];
  }
}

std::size_t row_at(const BmpLayout& layout, int y) {
  return layout.stride * static_cast<std::size_t>(layout.top_down ? y : layout.shape.height - 1 - y);
}

/// Headers, palette and the bytes up to the pixels, which hold nothing where they could hold a picture.
Bytes clean_head(ByteView file, const BmpLayout& layout, std::vector<Note>& notes) {
  Bytes head = joined(file.first(layout.pixels), {});
  const auto gap = head.begin() + static_cast<std::ptrdiff_t>(layout.known);
  const bool empty = std::all_of(gap, head.end(), [](std::uint8_t byte) { return byte == 0; });
  if (empty || (layout.pixels - layout.known <= kSmall && !holds_picture(head))) return head;
  std::fill(gap, head.end(), std::uint8_t{0});
  notes.push_back({Code::dropped_segment, std::to_string(head.end() - gap) + " bytes between header and pixels"});
  return head;
}

Bytes clean_tail(ByteView file, const BmpLayout& layout, std::vector<Note>& notes) {
  const std::size_t begin = layout.pixels_end();
  std::size_t end = std::max(begin, layout.profile_end);
  if (holds_picture(file.subspan(begin, end - begin))) end = begin;
  if (end < file.size()) notes.push_back({Code::dropped_trailer, std::to_string(file.size() - end) + " bytes"});
  return joined(file.subspan(begin, end - begin), {});
}

}  // namespace

bool recognises_bmp(ByteView head) {
  constexpr std::string_view kHeaderSizes = "\x0c\x10\x28\x34\x38\x40\x6c\x7c"sv;
  return head.size() >= 18 && head[0] == 'B' && head[1] == 'M' && head[15] == 0 && head[16] == 0 && head[17] == 0 &&
         kHeaderSizes.find(static_cast<char>(head[14])) != std::string_view::npos;
}

Dimensions bmp_dimensions(ByteView file) {
  if (!recognises_bmp(file) || file.size() < kFileHeader + kCoreHeader) return {};
  if (file[14] == kCoreHeader) return {little16(file.data() + 18), little16(file.data() + 20)};
  const auto width = static_cast<std::int32_t>(little32(file.data() + 18));
  const auto height = static_cast<std::int32_t>(little32(file.data() + 22));
  if (width <= 0 || height == 0 || height == INT32_MIN) return {};
  return {width, height < 0 ? -height : height};
}

Picture decode_bmp(ByteView file, const CodecLimits& limits) {
  auto form = std::make_shared<BmpForm>();
  form->layout = HeaderReader(file, limits).run();
  const BmpLayout& layout = form->layout;
  const ImageShape& shape = layout.shape;
  Picture picture;
  form->head = clean_head(file, layout, picture.notes);
  form->tail = clean_tail(file, layout, picture.notes);
  picture.image = Image(shape.width, shape.height, shape.channels, 8, shape.alpha);
  for (int y = 0; y < shape.height; ++y) {
    load_row(layout, file.data() + layout.pixels + row_at(layout, y), picture.image.row<std::uint8_t>(y));
  }
  picture.form = std::move(form);
  return picture;
}

void decode_bmp_rows(ByteView file, const CodecLimits& limits, RowSink& sink) {
  constexpr int kRowGroup = 16;
  const BmpLayout layout = HeaderReader(file, limits).run();
  const std::size_t row_bytes = layout.shape.row_bytes();
  Bytes rows(row_bytes * kRowGroup);
  sink.begin(layout.shape);
  for (int y = 0; y < layout.shape.height; y += kRowGroup) {
    const int count = std::min(kRowGroup, layout.shape.height - y);
    for (int i = 0; i < count; ++i) {
      load_row(layout, file.data() + layout.pixels + row_at(layout, y + i),
               rows.data() + row_bytes * static_cast<std::size_t>(i));
    }
    sink.rows(rows.data(), count);
  }
}

Bytes encode_bmp(const Picture& original, const Image& changed) {
  const auto* form = dynamic_cast<const BmpForm*>(original.form.get());
  if (!form) broken_promise("encode_bmp() of a picture that was no BMP");
  if (!changed.same_shape(original.image)) broken_promise("encode_bmp() of a picture of another shape");
  const BmpLayout& layout = form->layout;
  const std::size_t row_bytes = layout.shape.row_bytes();
  Bytes file;
  file.reserve(layout.pixels_end() + form->tail.size());
  append(file, form->head);
  file.resize(layout.pixels_end());
  for (int y = 0; y < layout.shape.height; ++y) {
    std::uint8_t* row = file.data() + layout.pixels + row_at(layout, y);
    store_row(layout, changed.row<std::uint8_t>(y), row);
    std::fill(row + row_bytes, row + layout.stride, std::uint8_t{0});
  }
  append(file, form->tail);
  const auto size = static_cast<std::uint32_t>(file.size());
  for (std::size_t i = 0; i < 4; ++i) file[2 + i] = static_cast<std::uint8_t>(size >> (8 * i));
  return file;
}

}  // namespace wardmark
