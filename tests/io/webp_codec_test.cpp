#include "io/webp_codec.h"

#include <doctest/doctest.h>
#include <webp/decode.h>
#include <webp/encode.h>

#include <algorithm>
#include <string>

#include "core/error.h"
#include "exif_block.h"
#include "io/webp_chunks.h"
#include "sample_images.h"

using namespace wardmark;
using namespace wardmark::tests;

namespace {

/// `image` as WebP by libwebp's simple interface, with chunks around the picture in a VP8X container where there are
/// any.
struct WebpRecipe {
  bool lossless = false;
  std::vector<std::pair<std::string, Bytes>> before, after;
};

Bytes sample_webp(const Image& image, const WebpRecipe& recipe = {}) {
  std::uint8_t* coded = nullptr;
  const int stride = static_cast<int>(image.row_samples());
  std::size_t size = 0;
  const std::uint8_t* samples = image.raw().data();
  if (recipe.lossless) {
    size = image.alpha() ? WebPEncodeLosslessRGBA(samples, image.width(), image.height(), stride, &coded)
                         : WebPEncodeLosslessRGB(samples, image.width(), image.height(), stride, &coded);
  } else {
    size = image.alpha() ? WebPEncodeRGBA(samples, image.width(), image.height(), stride, 80, &coded)
                         : WebPEncodeRGB(samples, image.width(), image.height(), stride, 80, &coded);
  }
  const Bytes simple(coded, coded + size);
  WebPFree(coded);
  if (recipe.before.empty() && recipe.after.empty()) return simple;
  Bytes file = text_bytes(std::string_view("RIFF\0\0\0\0WEBP", 12));
  std::uint8_t flags = image.alpha() ? WebpFlags::alpha : 0;
  for (const auto* list : {&recipe.before, &recipe.after}) {
    for (const auto& [name, data] : *list) {
      flags = static_cast<std::uint8_t>(flags | (name == "ICCP"   ? WebpFlags::icc
                                                 : name == "EXIF" ? WebpFlags::exif
                                                 : name == "XMP " ? WebpFlags::xmp
                                                                  : 0));
    }
  }
  const int w = image.width() - 1, h = image.height() - 1;
  put_webp_chunk(file, "VP8X", bytes({flags, 0, 0, 0, w & 255, w >> 8, 0, h & 255, h >> 8, 0}));
  for (const auto& [name, data] : recipe.before) put_webp_chunk(file, name, data);
  for (const WebpChunk& chunk : read_webp_layout(simple).chunks) {
    if (is_webp_picture(chunk.name)) put_webp_chunk(file, chunk.name, chunk.data);
  }
  for (const auto& [name, data] : recipe.after) put_webp_chunk(file, name, data);
  const std::size_t riff = file.size() - 8;
  for (std::size_t i = 0; i < 4; ++i) file[4 + i] = static_cast<std::uint8_t>(riff >> (8 * i));
  return file;
}

Code refusal(ByteView file, const CodecLimits& limits = {}) {
  try {
    decode_webp(file, limits);
  } catch (const Error& error) {
    CHECK(!error.hint().empty());
    return error.code();
  }
  return Code::bug;
}

std::vector<std::string> names_of(ByteView file) {
  std::vector<std::string> names;
  for (const WebpChunk& chunk : read_webp_layout(file).chunks) names.emplace_back(chunk.name);
  return names;
}

Bytes data_of(ByteView file, std::string_view name) {
  for (const WebpChunk& chunk : read_webp_layout(file).chunks) {
    if (chunk.name == name) return Bytes(chunk.data.begin(), chunk.data.end());
  }
  return {};
}

}  // namespace

TEST_CASE("lossless WebP comes back sample by sample, colours under transparent pixels too") {
  for (const int channels : {3, 4}) {
    CAPTURE(channels);
    Image image = sample_image(83, 61, channels, 8);
    if (channels == 4) {
      for (std::size_t i = 3; i < 4 * 400; i += 4) image.raw()[i] = 0;
    }
    WebpRecipe recipe;
    recipe.lossless = true;
    // libwebp's simple interface clears colours under transparent pixels, so the first round makes the file.
    const Picture first = decode_webp(sample_webp(image, recipe), {});
    const Bytes file = encode_webp(first, first.image.same_shape(image) ? image : first.image);
    const Picture picture = decode_webp(file, {});
    CHECK(picture.image == image);
    CHECK(!picture.lossy);
    Image changed = image;
    for (std::size_t i = 0; i < changed.raw().size(); ++i) {
      if (channels == 3 || i % 4 != 3) changed.raw()[i] ^= 1;
    }
    const Bytes written = encode_webp(picture, changed);
    CHECK(written == encode_webp(picture, changed));
    CHECK(decode_webp(written, {}).image == changed);
    int width = 0, height = 0;
    CHECK(WebPGetInfo(written.data(), written.size(), &width, &height) == 1);
    CHECK(width == 83);
  }
}

TEST_CASE("lossy WebP stays lossy, near what was meant, alpha exactly") {
  for (const int channels : {3, 4}) {
    const Image image = sample_image(83, 61, channels, 8);
    const Picture picture = decode_webp(sample_webp(image), {});
    CHECK(picture.lossy);
    CHECK(picture.image.channels() == channels);
    const Picture back = decode_webp(encode_webp(picture, picture.image), {});
    CHECK(back.lossy);
    CHECK(psnr(back.image, picture.image) > 35);
    for (std::size_t i = 3; channels == 4 && i < back.image.raw().size(); i += 4) {
      REQUIRE(back.image.raw()[i] == picture.image.raw()[i]);
    }
  }
}

TEST_CASE("an alpha channel that is opaque everywhere is none") {
  Image image = sample_image(20, 20, 4, 8);
  for (std::size_t i = 3; i < image.raw().size(); i += 4) image.raw()[i] = 255;
  WebpRecipe recipe;
  recipe.lossless = true;
  recipe.after = {{"XMP ", text_bytes("<x/>")}};
  const Picture picture = decode_webp(sample_webp(image, recipe), {});
  CHECK(picture.image.channels() == 3);
  const Bytes written = encode_webp(picture, picture.image);
  CHECK((data_of(written, "VP8X")[0] & WebpFlags::alpha) == 0);
  CHECK(decode_webp(written, {}).image == picture.image);
}

TEST_CASE("chunks come back in their order, byte for byte, without pictures") {
  ExifBlock exif(true);
  exif.directory({{0x0112, 3, 1, 5}}, 0);
  WebpRecipe recipe;
  recipe.lossless = true;
  recipe.before = {{"ICCP", Bytes(501, 3)}, {"abcd", Bytes(9, 1)}};
  recipe.after = {{"EXIF", exif.data},
                  {"XMP ", text_bytes("<x:xmpmeta>a cat</x:xmpmeta>")},
                  {"wxyz", Bytes(65, 1)},
                  {"C2PA", Bytes(40, 1)}};
  const Bytes file = sample_webp(sample_image(30, 20, 3, 8), recipe);
  const Picture picture = decode_webp(file, {});
  CHECK(picture.orientation == 5);
  REQUIRE(picture.notes.size() == 2);
  CHECK(picture.notes[0].code == Code::dropped_segment);
  CHECK(picture.notes[1].code == Code::dropped_c2pa);
  const Bytes written = encode_webp(picture, picture.image);
  CHECK(names_of(written) == std::vector<std::string>{"VP8X", "ICCP", "abcd", "VP8L", "EXIF", "XMP "});
  for (const char* name : {"VP8X", "ICCP", "abcd", "EXIF", "XMP "})
    CHECK(data_of(written, name) == data_of(file, name));
  CHECK(decode_webp(written, {}).notes.empty());
}

TEST_CASE("an EXIF thumbnail and what stands behind the end do not stay") {
  const ThumbnailBlock block = thumbnail_block(false, bytes({1, 2, 3, 4}), toy_jpeg(300), 300);
  WebpRecipe recipe;
  recipe.after = {{"EXIF", block.data}};
  Bytes file = sample_webp(sample_image(30, 20, 3, 8), recipe);
  const Bytes trailer = toy_jpeg(100);
  file.insert(file.end(), trailer.begin(), trailer.end());
  const Picture picture = decode_webp(file, {});
  const Bytes written = encode_webp(picture, picture.image);
  const Bytes clean = data_of(written, "EXIF");
  CHECK(std::search(written.begin(), written.end(), trailer.begin() + 6, trailer.begin() + 60) == written.end());
  CHECK(std::any_of(picture.notes.begin(), picture.notes.end(),
                    [](const Note& n) { return n.code == Code::dropped_trailer; }));
  CHECK(clean.size() >= block.thumbnail - 60);
}

TEST_CASE("damage, animations and large pictures are refused") {
  const Bytes file = sample_webp(sample_image(64, 48, 3, 8));
  for (const std::size_t length : {file.size() - 1, file.size() / 2, std::size_t{30}, std::size_t{13}}) {
    CHECK(refusal(ByteView(file).first(length)) == Code::image_broken);
  }
  WebpRecipe recipe;
  recipe.before = {{"ANIM", Bytes(6, 0)}};
  CHECK(refusal(sample_webp(sample_image(20, 20, 3, 8), recipe)) == Code::image_animated);
  recipe.before = {{"VP8 ", Bytes(60, 0)}};
  CHECK(refusal(sample_webp(sample_image(20, 20, 3, 8), recipe)) == Code::image_broken);
  CodecLimits limits;
  limits.max_pixels = 64 * 48 - 1;
  CHECK(refusal(file, limits) == Code::image_too_large);
  CHECK(webp_dimensions(file).width == 64);
  CHECK(webp_dimensions(ByteView(file).first(12)).width == 0);
}
