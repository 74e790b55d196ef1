#include "io/png_codec.h"

#include <doctest/doctest.h>
#include <zlib.h>

#include <algorithm>
#include <string>

#include "core/error.h"
#include "exif_block.h"
#include "io/embedded_picture.h"
#include "sample_images.h"
#include "tiny_png.h"

using namespace wardmark;
using namespace wardmark::tests;
using namespace std::string_literals;

namespace {

using Chunks = std::vector<std::pair<std::string, Bytes>>;

Code refusal(ByteView file, const CodecLimits& limits = {}) {
  try {
    decode_png(file, limits);
  } catch (const Error& error) {
    CHECK(!error.hint().empty());
    return error.code();
  }
  return Code::bug;
}

/// The file with one byte of its header set and the checksum made right.
Bytes with_header(Bytes file, std::size_t at, int value) {
  file[16 + at] = static_cast<std::uint8_t>(value);
  const auto checksum = static_cast<std::uint32_t>(crc32(0, file.data() + 12, 17));
  for (std::size_t i = 0; i < 4; ++i) file[29 + i] = static_cast<std::uint8_t>(checksum >> (24 - 8 * i));
  return file;
}

/// Chunk names and data that are written back for an RGB picture with these chunks, beside IHDR, IDAT and IEND.
struct Result {
  Chunks chunks;
  std::vector<Code> codes;
  int orientation = 1;
};
Result carried(const Chunks& before, const Chunks& after = {}) {
  PngRecipe recipe;
  recipe.before = before;
  recipe.after = after;
  const Picture picture = decode_png(sample_png(sample_image(9, 7, 3, 8), recipe), {});
  Result result;
  for (const auto& chunk : png_chunks(encode_png(picture, picture.image))) {
    if (chunk.first[0] != 'I') result.chunks.push_back(chunk);
  }
  for (const Note& note : picture.notes) result.codes.push_back(note.code);
  result.orientation = picture.orientation;
  return result;
}

void append_chunk(Bytes& file, const std::pair<std::string, Bytes>& chunk) {
  const auto number = [&file](std::size_t value) {
    for (int shift = 24; shift >= 0; shift -= 8) file.push_back(static_cast<std::uint8_t>(value >> shift));
  };
  number(chunk.second.size());
  const std::size_t covered = file.size();
  for (const char c : chunk.first) file.push_back(static_cast<std::uint8_t>(c));
  for (const std::uint8_t byte : chunk.second) file.push_back(byte);
  number(crc32(0, file.data() + covered, static_cast<uInt>(file.size() - covered)));
}

Bytes zlib_packed(const std::string& text) {
  Bytes packed(compressBound(text.size()));
  uLongf size = packed.size();
  REQUIRE(compress(packed.data(), &size, reinterpret_cast<const Bytef*>(text.data()), text.size()) == Z_OK);
  packed.resize(size);
  return packed;
}

Bytes with_prefix(const std::string& prefix, const Bytes& rest) {
  Bytes result = text_bytes(prefix);
  result.insert(result.end(), rest.begin(), rest.end());
  return result;
}

}  // namespace

TEST_CASE("every depth and colour type comes back pixel for pixel, interlaced or not") {
  for (const int bits : {8, 16}) {
    for (const int channels : {1, 2, 3, 4}) {
      for (const bool interlaced : {false, true}) {
        for (const auto& [width, height] : {std::pair{1, 1}, {3, 5}, {67, 41}}) {
          CAPTURE(bits);
          CAPTURE(channels);
          CAPTURE(interlaced);
          const Image image = sample_image(width, height, channels, bits);
          PngRecipe recipe;
          recipe.interlaced = interlaced;
          const Picture picture = decode_png(sample_png(image, recipe), {});
          CHECK(picture.image == image);
          CHECK(!picture.lossy);
          Image changed = picture.image;
          for (auto& byte : changed.raw()) byte = static_cast<std::uint8_t>(byte ^ 0x35);
          const Bytes written = encode_png(picture, changed);
          CHECK(written == encode_png(picture, changed));
          CHECK(decode_png(written, {}).image == changed);
          CHECK(written[28] == 0);  // not interlaced
        }
      }
    }
  }
}

TEST_CASE("16-bit samples are in host order") {
  Image image(1, 1, 1, 16);
  image.row<std::uint16_t>(0)[0] = 0x1234;
  CHECK(decode_png(sample_png(image), {}).image.row<std::uint16_t>(0)[0] == 0x1234);
  const std::string tiny = tiny_png();
  CHECK(decode_png(bytes_of(tiny), {}).image.row<std::uint8_t>(1)[5] == 15);
}

TEST_CASE("chunks are carried byte for byte, in order, on their side of the picture") {
  ExifBlock exif(true);
  exif.directory({{0x0112, 3, 1, 3}}, 0);
  const Chunks before = {{"gAMA", bytes({0, 0, 177, 143})},
                         {"cHRM", Bytes(32, std::uint8_t{1})},
                         {"sRGB", bytes({0})},
                         {"iCCP", text_bytes("name\0\0 not even a stream"s)},
                         {"sBIT", bytes({5, 6, 5})},
                         {"bKGD", bytes({0, 1, 0, 2, 0, 3})},
                         {"pHYs", bytes({0, 0, 11, 19, 0, 0, 11, 19, 1})},
                         {"tEXt", text_bytes("Title\0a title"s)},
                         {"zTXt", with_prefix("Comment\0\0"s, zlib_packed("a comment"))}};
  const Chunks after = {{"tIME", bytes({7, 232, 1, 2, 3, 4, 5})},
                        {"iTXt", text_bytes("XML:com.adobe.xmp\0\0\0\0\0<x:xmpmeta/>"s)},
                        {"eXIf", exif.data},
                        {"prVt", bytes({1, 2, 3})}};
  const Result result = carried(before, after);
  Chunks expected = before;
  expected.insert(expected.end(), after.begin(), after.end());
  CHECK(result.chunks == expected);
  CHECK(result.codes.empty());
  CHECK(result.orientation == 3);
}

TEST_CASE("pictures in chunks are taken out") {
  const ThumbnailBlock exif = thumbnail_block(true, Bytes(20, std::uint8_t{9}), toy_jpeg(200), 200);
  Result result = carried({{"eXIf", exif.data}});
  CHECK(result.codes == std::vector<Code>{Code::dropped_thumbnail});
  REQUIRE(result.chunks.size() == 1);
  CHECK(result.chunks[0].second.size() == exif.second);
  CHECK(result.orientation == 6);

  const std::string head = "XML:com.adobe.xmp\0"s;
  const std::string packet = "<a><xmp:Thumbnails>/9j/</xmp:Thumbnails></a>";
  result = carried({{"iTXt", text_bytes(head + "\0\0\0\0"s + packet)}});
  CHECK(result.codes == std::vector<Code>{Code::dropped_xmp_thumbnail});
  REQUIRE(result.chunks.size() == 1);
  CHECK(result.chunks[0].second == text_bytes(head + "\0\0\0\0<a>"s + std::string(packet.size() - 7, ' ') + "</a>"));

  result = carried({{"iTXt", with_prefix(head + "\1\0\0\0"s, zlib_packed(packet))}});
  REQUIRE(result.chunks.size() == 1);  // written plain
  CHECK(result.chunks[0].second == text_bytes(head + "\0\0\0\0<a>"s + std::string(packet.size() - 7, ' ') + "</a>"));
}

TEST_CASE("texts and unknown chunks that hold or could hold a picture are dropped") {
  const auto code = [](const std::string& name, const Bytes& data) {
    const Result result = carried({{name, data}});
    CHECK(result.chunks.empty());
    REQUIRE(result.codes.size() == 1);
    return result.codes[0];
  };
  CHECK(code("caBX", Bytes(10, std::uint8_t{1})) == Code::dropped_c2pa);
  CHECK(code("prVt", Bytes(65, std::uint8_t{1})) == Code::dropped_segment);
  CHECK(code("prVT", bytes({1})) == Code::dropped_segment);  // not safe to copy
  CHECK(code("prVt", toy_jpeg(30)) == Code::dropped_segment);
  CHECK(code("tEXt", with_prefix("Comment\0"s, toy_jpeg(100))) == Code::dropped_segment);
  CHECK(code("tEXt", text_bytes("Comment\0"s + std::string(300, 'A'))) == Code::dropped_segment);
  CHECK(code("tEXt", text_bytes("Raw profile type exif\0\nexif\n  4\nffd8"s)) == Code::dropped_segment);
  CHECK(code("zTXt", with_prefix("Comment\0\0"s, zlib_packed(std::string(300, 'A')))) == Code::dropped_segment);
  CHECK(code("zTXt", with_prefix("Comment\0\0"s, zlib_packed(std::string(5 << 20, ' ')))) == Code::dropped_segment);
  CHECK(code("zTXt", text_bytes("Comment\0\0no stream"s)) == Code::dropped_segment);
}

TEST_CASE("data behind the end are dropped and listed") {
  Bytes file = sample_png(sample_image(9, 7, 3, 8));
  const Bytes clean = file;
  for (int i = 0; i < 12; ++i) file.push_back(1);
  const Picture picture = decode_png(file, {});
  REQUIRE(picture.notes.size() == 1);
  CHECK(picture.notes[0] == Note{Code::dropped_trailer, "12 bytes"});
  CHECK(decode_png(encode_png(picture, picture.image), {}).notes.empty());
}

TEST_CASE("what cannot carry a change is refused") {
  const Bytes file = sample_png(sample_image(9, 7, 1, 8));
  CHECK(refusal(with_header(file, 9, 3)) == Code::image_palette);
  for (const int depth : {1, 2, 4}) CHECK(refusal(with_header(file, 8, depth)) == Code::image_low_depth);
  CHECK(refusal(with_header(file, 9, 5)) == Code::image_broken);
  CHECK(refusal(with_header(file, 8, 7)) == Code::image_broken);
  PngRecipe recipe;
  recipe.before = {{"tRNS", bytes({0, 1})}};
  CHECK(refusal(sample_png(sample_image(9, 7, 1, 8), recipe)) == Code::image_unsupported);
  recipe.before = {{"ZZZZ", bytes({0, 1})}};
  CHECK(refusal(sample_png(sample_image(9, 7, 1, 8), recipe)) == Code::image_unsupported);
  for (const std::string name : {"acTL", "fcTL", "fdAT"}) {
    recipe.before = {{name, Bytes(8, std::uint8_t{0})}};
    CHECK(refusal(sample_png(sample_image(9, 7, 1, 8), recipe)) == Code::image_animated);
  }
}

TEST_CASE("damage is refused") {
  PngRecipe recipe;
  recipe.before = {{"tEXt", text_bytes("Title\0a title"s)}};
  const Bytes file = sample_png(sample_image(30, 30, 3, 8), recipe);
  for (std::size_t length = 0; length < file.size(); length += 7) {
    CAPTURE(length);
    CHECK(refusal(ByteView(file).first(length)) == Code::image_broken);
  }
  Bytes text = file;
  text[33 + 8 + 7] ^= 1;
  CHECK(refusal(text) == Code::metadata_broken);
  for (const std::size_t from_end : {13, 17, 40, 100}) {  // checksum, stream end, pixels
    CAPTURE(from_end);
    Bytes data = file;
    data[data.size() - from_end] ^= 1;
    CHECK(refusal(data) == Code::image_broken);
  }
  Bytes header = file;
  header[17] ^= 1;
  CHECK(refusal(header) == Code::image_broken);
  CHECK(refusal(with_header(file, 1, 0x02)) == Code::image_broken);  // promises more pixels than the data can hold
  CHECK(refusal(with_header(file, 3, 0)) == Code::image_broken);     // no column
  CHECK(refusal(with_header(file, 7, 31)) == Code::image_broken);    // one row too many
  CHECK(refusal(with_header(file, 7, 29)) == Code::image_broken);    // one row too few
}

TEST_CASE("image data that are not consecutive are refused") {
  const auto chunks = png_chunks(sample_png(sample_image(30, 30, 3, 8)));
  REQUIRE(chunks.size() == 3);
  const Bytes& data = chunks[1].second;
  const Bytes first(data.begin(), data.begin() + 50), second(data.begin() + 50, data.end());
  const Bytes title = text_bytes("Title\0a title"s);
  const auto file_of = [&](const Chunks& middle) {
    Bytes file = text_bytes("\x89PNG\r\n\x1a\n");
    append_chunk(file, chunks[0]);
    for (const auto& chunk : middle) append_chunk(file, chunk);
    append_chunk(file, chunks[2]);
    return file;
  };
  CHECK(decode_png(file_of({{"tEXt", title}, {"IDAT", first}, {"IDAT", second}}), {}).image.width() == 30);
  CHECK(refusal(file_of({{"IDAT", first}, {"tEXt", title}, {"IDAT", second}})) == Code::image_broken);
  CHECK(refusal(file_of({{"tEXt", title}})) == Code::image_broken);
}

TEST_CASE("the size is known and limited before anything is decoded") {
  const Bytes file = sample_png(sample_image(9, 7, 3, 8));
  CodecLimits limits;
  limits.max_pixels = 63;
  CHECK(decode_png(file, limits).image.height() == 7);
  limits.max_pixels = 62;
  CHECK(refusal(file, limits) == Code::image_too_large);
  CHECK(refusal(with_header(file, 0, 0x7F)) == Code::image_too_large);
  CHECK(png_dimensions(file).width == 9);
  CHECK(png_dimensions(file).height == 7);
  CHECK(png_dimensions(ByteView(file).first(20)).width == 0);
}
