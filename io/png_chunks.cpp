#include "io/png_chunks.h"

#include <zlib.h>

#include <cstring>
#include <string>

#include "core/error.h"
#include "io/byte_order.h"

namespace wardmark {

void refuse_broken_png(const std::string& what) {
  throw Error(Code::image_broken, "damaged PNG: " + what,
              "restore it from a copy, or open and save it with an image editor");
}

namespace {

constexpr std::size_t kFrame = 12;  ///< length, name and checksum

bool is_letter(std::uint8_t c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

PngChunk read_chunk(ByteView file, std::size_t at) {
  if (file.size() - at < kFrame) refuse_broken_png("cut short at byte " + std::to_string(at));
  const std::size_t length = big32(file.data() + at);
  if (length > file.size() - at - kFrame) refuse_broken_png("cut short in the chunk at byte " + std::to_string(at));
  for (std::size_t i = 4; i < 8; ++i) {
    if (!is_letter(file[at + i])) refuse_broken_png("no chunk at byte " + std::to_string(at));
  }
  const std::string_view name = text_of(file.subspan(at + 4, 4));
  return {name, file.subspan(at + 8, length), file.subspan(at, length + kFrame)};
}

PngHeader read_header(const PngChunk& chunk) {
  if (chunk.name != "IHDR" || chunk.data.size() != 13) refuse_broken_png("it does not start with a header");
  if (!checksum_fits(chunk)) refuse_broken_png("wrong checksum of the header");
  const std::uint8_t* p = chunk.data.data();
  return {big32(p), big32(p + 4), p[8], p[9], p[12]};
}

}  // namespace

bool checksum_fits(const PngChunk& chunk) {
  const std::uint8_t* covered = chunk.whole.data() + 4;
  const auto length = static_cast<uInt>(chunk.data.size() + 4);
  return crc32(0, covered, length) == big32(covered + length);
}

PngLayout read_png_layout(ByteView file) {
  if (file.size() < kPngSignature.size() || std::memcmp(file.data(), kPngSignature.data(), kPngSignature.size()) != 0) {
    refuse_broken_png("no signature");
  }
  PngLayout layout;
  bool data_seen = false;
  for (std::size_t at = kPngSignature.size(); layout.end == 0;) {
    const PngChunk chunk = read_chunk(file, at);
    if (layout.chunks.empty()) {
      layout.header = read_header(chunk);
    } else if (chunk.name == "IHDR") {
      refuse_broken_png("two headers");
    }
    const bool data = chunk.name == "IDAT";
    if (data && data_seen && layout.chunks.back().name != "IDAT") refuse_broken_png("image data are not consecutive");
    data_seen = data_seen || data;
    layout.chunks.push_back(chunk);
    at += chunk.whole.size();
    if (chunk.name == "IEND") layout.end = at;
  }
  if (!data_seen) refuse_broken_png("no image data");
  return layout;
}

}  // namespace wardmark
