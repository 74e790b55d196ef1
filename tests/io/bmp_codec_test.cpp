#include "io/bmp_codec.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "core/error.h"
#include "exif_block.h"
#include "sample_images.h"

using namespace wardmark;
using namespace wardmark::tests;

namespace {

void put(Bytes& file, std::uint32_t value, int size) {
  for (int i = 0; i < size; ++i) file.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

struct BmpRecipe {
  int header = 40;
  int compression = 0;
  bool top_down = false;
  bool grey_in_order = true;
  Bytes gap, tail;
  Bytes profile;  ///< with header 124
};

/// Grey as 8 bits with a palette, RGB as 24, RGBA as 32, written by hand.
Bytes sample_bmp(const Image& image, const BmpRecipe& recipe = {}) {
  const int bits = image.channels() == 1 ? 8 : image.channels() * 8;
  const std::uint32_t stride = static_cast<std::uint32_t>((image.width() * bits / 8 + 3) / 4 * 4);
  const std::uint32_t pixels = stride * static_cast<std::uint32_t>(image.height());
  Bytes file = text_bytes("BM");
  put(file, 0, 8);
  put(file, 0, 4);
  put(file, static_cast<std::uint32_t>(recipe.header), 4);
  if (recipe.header == 12) {
    put(file, static_cast<std::uint32_t>(image.width()), 2);
    put(file, static_cast<std::uint32_t>(image.height()), 2);
    put(file, 1, 2);
    put(file, static_cast<std::uint32_t>(bits), 2);
  } else {
    put(file, static_cast<std::uint32_t>(image.width()), 4);
    put(file, static_cast<std::uint32_t>(recipe.top_down ? -image.height() : image.height()), 4);
    put(file, 1, 2);
    put(file, static_cast<std::uint32_t>(bits), 2);
    put(file, static_cast<std::uint32_t>(recipe.compression), 4);
    put(file, pixels, 4);
    put(file, 2835, 4);
    put(file, 2836, 4);
    put(file, 0, 8);
    if (recipe.compression == 3) {  // blue in the highest byte
      put(file, 0x0000FF00, 4);
      put(file, 0x00FF0000, 4);
      put(file, 0xFF000000, 4);
    }
    while (file.size() < 14u + static_cast<unsigned>(recipe.header)) file.push_back(0);
  }
  for (int i = 0; bits == 8 && i < 256; ++i) {
    for (int c = 0; c < 3; ++c) file.push_back(static_cast<std::uint8_t>(recipe.grey_in_order ? i : 255 - i));
    if (recipe.header != 12) file.push_back(0);
  }
  file.insert(file.end(), recipe.gap.begin(), recipe.gap.end());
  const auto start = static_cast<std::uint32_t>(file.size());
  for (int y = 0; y < image.height(); ++y) {
    const std::uint8_t* row = image.row<std::uint8_t>(recipe.top_down ? y : image.height() - 1 - y);
    for (int x = 0; x < image.width(); ++x, row += image.channels()) {
      if (bits == 8) file.push_back(row[0]);
      if (bits == 24) file.insert(file.end(), {row[2], row[1], row[0]});
      if (bits == 32 && recipe.compression == 0) file.insert(file.end(), {row[2], row[1], row[0], row[3]});
      if (bits == 32 && recipe.compression == 3) file.insert(file.end(), {row[3], row[0], row[1], row[2]});
    }
    while ((file.size() - start) % stride != 0) file.push_back(0);
  }
  const auto set = [&](std::size_t at, std::uint32_t value) {
    for (std::size_t i = 0; i < 4; ++i) file[at + i] = static_cast<std::uint8_t>(value >> (8 * i));
  };
  set(10, start);
  if (!recipe.profile.empty()) {
    const std::string_view embedded = "DEBM";
    std::copy(embedded.begin(), embedded.end(), file.begin() + 14 + 56);
    set(14 + 112, static_cast<std::uint32_t>(file.size() - 14));
    set(14 + 116, static_cast<std::uint32_t>(recipe.profile.size()));
    file.insert(file.end(), recipe.profile.begin(), recipe.profile.end());
  }
  file.insert(file.end(), recipe.tail.begin(), recipe.tail.end());
  set(2, static_cast<std::uint32_t>(file.size()));
  return file;
}

Code refusal(ByteView file, const CodecLimits& limits = {}) {
  try {
    decode_bmp(file, limits);
  } catch (const Error& error) {
    CHECK(!error.hint().empty());
    return error.code();
  }
  return Code::bug;
}

}  // namespace

TEST_CASE("a BMP comes back byte for byte, and with its change at the same places") {
  for (const int channels : {1, 3, 4}) {
    for (const int header : {12, 40, 108, 124}) {
      for (const int compression : {0, 3}) {
        for (const bool top_down : {false, true}) {
          if ((compression == 3 && (channels != 4 || header == 12)) || (top_down && header == 12)) continue;
          if (header == 12 && channels == 4) continue;
          CAPTURE(channels);
          CAPTURE(header);
          CAPTURE(compression);
          CAPTURE(top_down);
          BmpRecipe recipe;
          recipe.header = header;
          recipe.compression = compression;
          recipe.top_down = top_down;
          if (header == 124) recipe.profile = Bytes(77, 5);
          const Image image = sample_image(31, 17, channels, 8);
          const Bytes file = sample_bmp(image, recipe);
          const Picture picture = decode_bmp(file, {});
          CHECK(picture.image == image);
          CHECK(picture.notes.empty());
          CHECK(encode_bmp(picture, picture.image) == file);
          Image changed = image;
          changed.row<std::uint8_t>(3)[5] ^= 0x55;
          const Bytes written = encode_bmp(picture, changed);
          CHECK(written == sample_bmp(changed, recipe));
          CHECK(bmp_dimensions(file).width == 31);
          CHECK(bmp_dimensions(file).height == 17);
        }
      }
    }
  }
}

TEST_CASE("what hides before or behind the pixels of a BMP goes") {
  const Image image = sample_image(20, 20, 3, 8);
  BmpRecipe recipe;
  recipe.gap = toy_jpeg(100);
  recipe.tail = toy_jpeg(100);
  const Picture picture = decode_bmp(sample_bmp(image, recipe), {});
  REQUIRE(picture.notes.size() == 2);
  CHECK(picture.notes[0].code == Code::dropped_segment);
  CHECK(picture.notes[1].code == Code::dropped_trailer);
  recipe.gap = Bytes(100, 0);
  recipe.tail.clear();
  CHECK(encode_bmp(picture, image) == sample_bmp(image, recipe));
}

TEST_CASE("BMPs that cannot carry a change, or are damaged, are refused") {
  BmpRecipe recipe;
  recipe.grey_in_order = false;
  CHECK(refusal(sample_bmp(sample_image(20, 20, 1, 8), recipe)) == Code::image_palette);
  const Bytes file = sample_bmp(sample_image(20, 20, 3, 8));
  const auto with = [&](std::size_t at, int value) {
    Bytes changed = file;
    changed[at] = static_cast<std::uint8_t>(value);
    return changed;
  };
  CHECK(refusal(with(28, 16)) == Code::image_low_depth);
  CHECK(refusal(with(28, 4)) == Code::image_palette);
  CHECK(refusal(with(30, 4)) == Code::image_coding);
  CHECK(refusal(with(30, 3)) == Code::image_broken);
  CHECK(refusal(with(26, 3)) == Code::image_broken);
  CHECK(refusal(with(18, 0)) == Code::image_broken);
  CHECK(refusal(with(10, 20)) == Code::image_broken);
  CHECK(refusal(with(21, 1)) == Code::image_too_large);
  for (const std::size_t length : {file.size() - 1, std::size_t{60}, std::size_t{30}, std::size_t{18}}) {
    CHECK(refusal(ByteView(file).first(length)) == Code::image_broken);
  }
  CodecLimits limits;
  limits.max_pixels = 399;
  CHECK(refusal(file, limits) == Code::image_too_large);
}
