#include "io/png_text.h"

#include <zlib.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "io/embedded_picture.h"
#include "io/joined_bytes.h"
#include "io/xmp.h"

namespace wardmark {

namespace {

using namespace std::string_view_literals;

constexpr std::size_t kMostText = std::size_t{1} << 22;
constexpr std::string_view kXmpKeyword = "XML:com.adobe.xmp";
constexpr std::string_view kHexBlock = "Raw profile type ";

/// The parts of a text chunk.
struct Parts {
  std::string_view keyword;
  ByteView head;  ///< all before the text
  ByteView text;
  bool compressed = false;
};

/// iTXt has, behind the keyword, compression flag and method, then language and translated keyword, each ended by a
/// zero byte; zTXt a compression method; tEXt nothing.
std::optional<Parts> split(const PngChunk& chunk) {
  const std::string_view content = text_of(chunk.data);
  const std::size_t keyword = content.find('\0');
  if (keyword == content.npos) return std::nullopt;
  std::size_t begin = keyword + 1;
  bool compressed = false;
  if (chunk.name == "zTXt") {
    compressed = true;
    begin += 1;
  } else if (chunk.name == "iTXt") {
    if (begin + 2 > content.size()) return std::nullopt;
    compressed = content[begin] != 0;
    const std::size_t language = content.find('\0', begin + 2);
    const std::size_t translated = language == content.npos ? language : content.find('\0', language + 1);
    if (translated == content.npos) return std::nullopt;
    begin = translated + 1;
  }
  if (begin > content.size()) return std::nullopt;
  return Parts{content.substr(0, keyword), chunk.data.first(begin), chunk.data.subspan(begin), compressed};
}

/// The zlib stream `packed`, whole; nothing when it is damaged or longer than kMostText.
std::optional<Bytes> inflate_text(ByteView packed) {
  z_stream stream{};
  if (inflateInit(&stream) != Z_OK) return std::nullopt;
  Bytes text(std::min(kMostText, packed.size() * 8 + 1024));
  stream.next_in = const_cast<Bytef*>(packed.data());
  stream.avail_in = static_cast<uInt>(packed.size());
  int state = Z_OK;
  std::size_t done = 0;
  while (state == Z_OK) {
    if (done == text.size()) {
      if (done >= kMostText) break;
      text.resize(std::min(kMostText, done * 2));
    }
    stream.next_out = text.data() + done;
    stream.avail_out = static_cast<uInt>(text.size() - done);
    state = inflate(&stream, Z_NO_FLUSH);
    done = text.size() - stream.avail_out;
  }
  inflateEnd(&stream);
  if (state != Z_STREAM_END) return std::nullopt;
  text.resize(done);
  return text;
}

Note dropped_text(std::string_view keyword) {
  return {Code::dropped_segment, "text \"" + std::string(keyword.substr(0, 40)) + "\""};
}

PngText clean_xmp_text(const PngChunk& chunk, const Parts& parts, ByteView packet) {
  const Xmp clean = clean_xmp(packet);
  if (!clean.readable) return {std::nullopt, Note{Code::dropped_xmp_thumbnail, "the whole packet: no plain text"}};
  if (clean.blanked == 0) return {joined(chunk.data, {}), std::nullopt};
  PngText result{joined(parts.head, clean.packet),
                 Note{Code::dropped_xmp_thumbnail, std::to_string(clean.blanked) + " bytes"}};
  (*result.data)[kXmpKeyword.size() + 1] = 0;  // no longer compressed
  return result;
}

}  // namespace

PngText clean_png_text(const PngChunk& chunk) {
  const auto parts = split(chunk);
  if (!parts) return {std::nullopt, dropped_text({})};
  std::optional<Bytes> text = parts->compressed ? inflate_text(parts->text) : joined(parts->text, {});
  if (!text) return {std::nullopt, dropped_text(parts->keyword)};
  if (parts->keyword == kXmpKeyword && chunk.name == "iTXt") return clean_xmp_text(chunk, *parts, *text);

  const std::string_view block =
      parts->keyword.starts_with(kHexBlock) ? parts->keyword.substr(kHexBlock.size()) : "icc"sv;
  const bool colours = block == "icc" || block == "icm";
  if (!colours || holds_picture(*text) || blank_base64(*text) > 0) return {std::nullopt, dropped_text(parts->keyword)};
  return {joined(chunk.data, {}), std::nullopt};
}

}  // namespace wardmark
