#include "io/jpeg_codec.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "core/error.h"
#include "exif_block.h"
#include "sample_images.h"

using namespace wardmark;
using namespace wardmark::tests;
using namespace std::string_literals;

namespace {

Code refusal(ByteView file, const CodecLimits& limits = {}) {
  try {
    decode_jpeg(file, limits);
  } catch (const Error& error) {
    CHECK(!error.hint().empty());
    return error.code();
  }
  return Code::bug;
}

bool has_note(const Picture& picture, Code code) {
  return std::any_of(picture.notes.begin(), picture.notes.end(), [code](const Note& n) { return n.code == code; });
}

}  // namespace

TEST_CASE("a JPEG comes out with its tables, its coding and full chroma") {
  const Image image = sample_image(83, 61, 3, 8);
  for (const bool progressive : {false, true}) {
    for (const int factor : {1, 2}) {
      CAPTURE(progressive);
      CAPTURE(factor);
      JpegRecipe recipe;
      recipe.progressive = progressive;
      recipe.luma_horizontal = recipe.luma_vertical = factor;
      recipe.restart_interval = progressive ? 0 : 5;
      const Bytes file = sample_jpeg(image, recipe);
      const Picture picture = decode_jpeg(file, {});
      CHECK(picture.lossy);
      CHECK(picture.image.width() == 83);
      CHECK(picture.image.height() == 61);
      CHECK(picture.image.channels() == 3);
      CHECK(psnr(picture.image, image) > 30);
      CHECK(has_note(picture, Code::chroma_444) == (factor == 2));

      const Bytes written = encode_jpeg(picture, picture.image);
      CHECK(written == encode_jpeg(picture, picture.image));
      const JpegFacts before = jpeg_facts(file), after = jpeg_facts(written);
      CHECK(after.tables == before.tables);
      CHECK(after.progressive == progressive);
      CHECK(after.restart_interval == before.restart_interval);
      CHECK(after.sampling == std::vector<std::pair<int, int>>(3, {1, 1}));
      CHECK(after.jfif_markers == 1);
      CHECK(after.adobe_markers == 0);
      const Picture back = decode_jpeg(written, {});
      CHECK(psnr(back.image, picture.image) > 38);
      CHECK(back.notes.empty());
    }
  }
}

TEST_CASE("a second round changes next to nothing, because the tables are the same") {
  JpegRecipe recipe;
  recipe.luma_horizontal = recipe.luma_vertical = 1;
  const Picture picture = decode_jpeg(sample_jpeg(sample_image(64, 64, 3, 8), recipe), {});
  CHECK(psnr(decode_jpeg(encode_jpeg(picture, picture.image), {}).image, picture.image) > 45);
}

TEST_CASE("grey stays grey, RGB without colour transform stays so") {
  const Picture grey = decode_jpeg(sample_jpeg(sample_image(40, 30, 1, 8)), {});
  CHECK(grey.image.channels() == 1);
  CHECK(grey.notes.empty());
  CHECK(decode_jpeg(encode_jpeg(grey, grey.image), {}).image.channels() == 1);

  JpegRecipe recipe;
  recipe.rgb = true;
  recipe.luma_horizontal = recipe.luma_vertical = 1;
  recipe.quality = 95;
  const Image image = sample_image(40, 30, 3, 8);
  const Picture rgb = decode_jpeg(sample_jpeg(image, recipe), {});
  CHECK(psnr(rgb.image, image) > 35);
  const Bytes written = encode_jpeg(rgb, rgb.image);
  CHECK(jpeg_facts(written).adobe_markers == 1);
  CHECK(psnr(decode_jpeg(written, {}).image, rgb.image) > 40);
}

TEST_CASE("a change is written where it was made") {
  const Picture picture = decode_jpeg(sample_jpeg(sample_image(64, 64, 3, 8)), {});
  Image changed = picture.image;
  for (int y = 16; y < 32; ++y) std::fill_n(changed.row<std::uint8_t>(y) + 3 * 16, 3 * 16, std::uint8_t{200});
  const Picture back = decode_jpeg(encode_jpeg(picture, changed), {});
  CHECK(std::abs(back.image.row<std::uint8_t>(24)[3 * 24] - 200) < 10);
  CHECK(psnr(back.image, changed) > 30);
}

TEST_CASE("segments come back as they were, JFIF once") {
  ExifBlock exif(true);
  exif.directory({{0x0112, 3, 1, 5}}, 0);
  Bytes block = text_bytes("Exif\0\0"s);
  block.insert(block.end(), exif.data.begin(), exif.data.end());
  JpegRecipe recipe;
  recipe.segments = {{0xFE, text_bytes("first")}, {0xE1, block}, {0xFE, text_bytes("last")}};
  const Bytes file = sample_jpeg(sample_image(20, 20, 3, 8), recipe);
  const Picture picture = decode_jpeg(file, {});
  CHECK(picture.orientation == 5);
  const Bytes written = encode_jpeg(picture, picture.image);
  constexpr std::size_t kHead = 2 + 18 + 9 + 4 + 6 + 26 + 8;
  CHECK(std::equal(file.begin(), file.begin() + kHead, written.begin()));
  recipe.jfif = false;
  const Picture bare = decode_jpeg(sample_jpeg(sample_image(20, 20, 3, 8), recipe), {});
  CHECK(jpeg_facts(encode_jpeg(bare, bare.image)).jfif_markers == 0);
}

TEST_CASE("damage is refused") {
  const Bytes file = sample_jpeg(sample_image(64, 64, 3, 8));
  const std::size_t size = file.size();
  for (const std::size_t length : {size - 1, size - 2, size / 2, size / 4, std::size_t{30}, std::size_t{3}}) {
    CAPTURE(length);
    CHECK(refusal(ByteView(file).first(length)) == Code::image_broken);
  }
  Bytes holed = file;
  std::fill(holed.begin() + static_cast<std::ptrdiff_t>(size / 2), holed.end() - 2, std::uint8_t{0});
  CHECK(refusal(holed) == Code::image_broken);
  Bytes cut = file;  // ends early, but with an end marker
  cut.erase(cut.end() - 400, cut.end() - 2);
  CHECK(refusal(cut) == Code::image_broken);
}

TEST_CASE("colour models and codings that cannot be written back are refused") {
  CHECK(refusal(sample_jpeg([] {
          Image cmyk(16, 16, 4, 8);
          std::fill(cmyk.raw().begin(), cmyk.raw().end(), std::uint8_t{50});
          return cmyk;
        }())) == Code::image_colour);
  JpegRecipe recipe;
  recipe.arithmetic = true;
  CHECK(refusal(sample_jpeg(sample_image(16, 16, 3, 8), recipe)) == Code::image_coding);
  Bytes file = sample_jpeg(sample_image(16, 16, 3, 8));
  const Bytes frame = bytes({0xFF, 0xC0, 0x00, 0x11, 0x08});
  const auto at = std::search(file.begin(), file.end(), frame.begin(), frame.end()) - file.begin();
  const auto with = [&](int offset, int value) {
    Bytes changed = file;
    changed[static_cast<std::size_t>(at + offset)] = static_cast<std::uint8_t>(value);
    return changed;
  };
  CHECK(refusal(with(1, 0xC3)) == Code::image_coding);
  CHECK(refusal(with(4, 12)) == Code::image_coding);
  CHECK(refusal(with(5, 0x40)) == Code::image_broken);  // 16384 rows in a file of a few hundred bytes
}

TEST_CASE("a quantisation step of zero is refused") {
  Bytes file = sample_jpeg(sample_image(16, 16, 3, 8));
  const Bytes table = bytes({0xFF, 0xDB});
  const auto at = std::search(file.begin(), file.end(), table.begin(), table.end()) - file.begin();
  file[static_cast<std::size_t>(at) + 10] = 0;
  CHECK(refusal(file) == Code::image_broken);
}

TEST_CASE("the size is known and limited before anything is decoded") {
  const Bytes file = sample_jpeg(sample_image(64, 48, 3, 8));
  CodecLimits limits;
  limits.max_pixels = 64 * 48;
  CHECK(decode_jpeg(file, limits).image.width() == 64);
  limits.max_pixels -= 1;
  CHECK(refusal(file, limits) == Code::image_too_large);
  CHECK(jpeg_dimensions(file).width == 64);
  CHECK(jpeg_dimensions(file).height == 48);
  CHECK(jpeg_dimensions(ByteView(file).first(20)).width == 0);
}
