#include "io/webp_chunks.h"

#include <array>

#include "core/error.h"
#include "io/byte_order.h"
#include "io/joined_bytes.h"

namespace wardmark {
namespace {

constexpr std::size_t kHeader = 12, kFrame = 8, kExtendedBytes = 10;

void check_pictures(const WebpLayout& layout) {
  int pictures = 0, alphas = 0;
  for (const WebpChunk& chunk : layout.chunks) {
    if (chunk.name == "ANIM" || chunk.name == "ANMF") {
      throw Error(Code::image_animated, "animated WebP", "save its frames as single files first");
    }
    pictures += chunk.name == "VP8 " || chunk.name == "VP8L" ? 1 : 0;
    alphas += chunk.name == "ALPH" ? 1 : 0;
  }
  if (pictures != 1 || alphas > 1) refuse_broken_webp(std::to_string(pictures) + " pictures in it");
}

}  // namespace

void refuse_broken_webp(const std::string& what) {
  throw Error(Code::image_broken, "damaged WebP: " + what,
              "restore it from a copy, or open and save it with an image editor");
}

bool is_webp_picture(std::string_view name) { return name == "ALPH" || name == "VP8 " || name == "VP8L"; }

WebpLayout read_webp_layout(ByteView file) {
  if (file.size() < kHeader) refuse_broken_webp("cut short in its header");
  const std::uint64_t stated = std::uint64_t{little32(file.data() + 4)} + kFrame;
  if (stated < kHeader || stated > file.size()) {
    refuse_broken_webp("cut short: " + std::to_string(file.size()) + " of " + std::to_string(stated) + " bytes");
  }
  WebpLayout layout;
  layout.end = static_cast<std::size_t>(stated);
  for (std::size_t at = kHeader; at + kFrame <= layout.end;) {
    const std::size_t size = little32(file.data() + at + 4);
    if (size > layout.end - at - kFrame) refuse_broken_webp("cut short in the chunk at byte " + std::to_string(at));
    layout.chunks.push_back({text_of(file.subspan(at, 4)), file.subspan(at + kFrame, size)});
    at += kFrame + size + (size & 1);
  }
  layout.extended = !layout.chunks.empty() && layout.chunks.front().name == "VP8X";
  if (layout.extended) {
    const ByteView header = layout.chunks.front().data;
    if (header.size() < kExtendedBytes) refuse_broken_webp("a header of " + std::to_string(header.size()) + " bytes");
    if ((header[0] & WebpFlags::animation) != 0) {
      throw Error(Code::image_animated, "animated WebP", "save its frames as single files first");
    }
  }
  check_pictures(layout);
  return layout;
}

void put_webp_chunk(Bytes& file, std::string_view name, ByteView data) {
  const auto size = static_cast<std::uint32_t>(data.size());
  std::array<std::uint8_t, 4> length{};
  for (std::size_t i = 0; i < length.size(); ++i) length[i] = static_cast<std::uint8_t>(size >> (8 * i));
  append(file, bytes_of(name));
  append(file, length);
  append(file, data);
  if ((size & 1) != 0) file.push_back(0);
}

}  // namespace wardmark
