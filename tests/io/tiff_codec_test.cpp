#include "io/tiff_codec.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "core/error.h"
#include "exif_block.h"
#include "io/embedded_picture.h"
#include "io/joined_bytes.h"
#include "sample_images.h"
#include "sample_tiffs.h"

using namespace wardmark;
using namespace wardmark::tests;

namespace {

Code refusal(ByteView file, const CodecLimits& limits = {}) {
  try {
    decode_tiff(file, limits);
  } catch (const Error& error) {
    CHECK(!error.hint().empty());
    return error.code();
  }
  return Code::bug;
}

bool has_note(const Picture& picture, Code code) {
  return std::any_of(picture.notes.begin(), picture.notes.end(), [code](const Note& n) { return n.code == code; });
}

/// Every colour sample moved by a step or two, in the depth of the picture.
Image changed_copy(const Image& image) {
  Image out = image;
  const int channels = image.channels(), colours = image.colour_channels();
  for (int y = 0; y < image.height(); ++y) {
    for (std::size_t i = 0; i < image.row_samples(); ++i) {
      if (static_cast<int>(i % static_cast<std::size_t>(channels)) >= colours) continue;
      const int step = 1 + static_cast<int>((i * 7 + static_cast<std::size_t>(y) * 3) % 5);
      if (image.bits() == 16) {
        auto& v = out.row<std::uint16_t>(y)[i];
        v = static_cast<std::uint16_t>(v > 32768 ? v - step : v + step);
      } else {
        auto& v = out.row<std::uint8_t>(y)[i];
        v = static_cast<std::uint8_t>(v > 128 ? v - step : v + step);
      }
    }
  }
  return out;
}

struct RowTaker : RowSink {
  void begin(const ImageShape& shape) override {
    image = Image(shape.width, shape.height, shape.channels, shape.bits, shape.alpha);
  }
  void rows(const std::uint8_t* samples, int count) override {
    const std::size_t bytes = image.shape().row_bytes();
    REQUIRE(y + count <= image.height());
    std::copy_n(samples, bytes * static_cast<std::size_t>(count),
                image.raw().begin() + static_cast<std::ptrdiff_t>(bytes) * y);
    y += count;
  }
  Image image;
  int y = 0;
};

/// Decodes, changes and encodes `file`; libtiff must read the change, and all else as it was.
void check_round_trip(ByteView file, const Image& image) {
  const Picture picture = decode_tiff(file, {});
  REQUIRE(picture.image == image);
  CHECK(!picture.lossy);
  RowTaker taken;
  decode_tiff_rows(file, {}, taken);
  CHECK(taken.image == image);
  CHECK(taken.y == image.height());
  const Image changed = changed_copy(image);
  const Bytes written = encode_tiff(picture, changed);
  CHECK(written == encode_tiff(picture, changed));
  const TiffFacts before = tiff_facts(file), after = tiff_facts(written);
  CHECK(after.image == changed);
  CHECK(after.pages == before.pages);
  CHECK(after.compression == before.compression);
  CHECK(after.predictor == before.predictor);
  CHECK(after.photometric == before.photometric);
  CHECK(after.orientation == before.orientation);
  CHECK(after.resolution_unit == before.resolution_unit);
  CHECK(after.resolution == before.resolution);
  CHECK(after.tiled == before.tiled);
  CHECK(after.big_endian == before.big_endian);
  CHECK(after.big_tiff == before.big_tiff);
  CHECK(after.description == "a picture for tests");
  const Picture back = decode_tiff(written, {});
  CHECK(back.image == changed);
  CHECK(back.notes.empty());
}

}  // namespace

TEST_CASE("strips and tiles of every depth, coding and byte order come back with the change") {
  for (const int channels : {1, 2, 3, 4}) {
    for (const int bits : {8, 16}) {
      const Image image = sample_image(83, 61, channels, bits);
      for (const int compression : {1, 5, 8, 32773}) {
        for (const int tile : {0, 32}) {
          for (const bool flag : {false, true}) {
            CAPTURE(channels);
            CAPTURE(bits);
            CAPTURE(compression);
            CAPTURE(tile);
            CAPTURE(flag);
            TiffRecipe recipe;
            recipe.compression = compression;
            recipe.tile = tile;
            recipe.big_endian = flag;
            recipe.big_tiff = flag != (compression == 5);
            recipe.planar = flag && channels > 1;
            recipe.predictor = flag && compression != 1 && compression != 32773 ? 2 : 1;
            recipe.white_is_zero = flag;
            check_round_trip(sample_tiff({image}, recipe), image);
          }
        }
      }
    }
  }
}

TEST_CASE("tags of other programs stay where they are, byte for byte") {
  TiffRecipe recipe;
  recipe.compression = 5;
  recipe.orientation = 6;
  Bytes icc(3000, 7), iptc(400, 9);
  const Bytes xmp = text_bytes("<x:xmpmeta><dc:subject>cat</dc:subject></x:xmpmeta>");
  recipe.blobs = {{34675, icc}, {33723, iptc}, {700, xmp}};
  const Image image = sample_image(60, 40, 3, 8);
  const Bytes file = sample_tiff({image}, recipe);
  const Picture picture = decode_tiff(file, {});
  CHECK(picture.orientation == 6);
  CHECK(picture.notes.empty());
  const Bytes written = encode_tiff(picture, changed_copy(image));
  for (const Bytes* blob : std::initializer_list<const Bytes*>{&icc, &iptc, &xmp}) {
    const auto at = std::search(file.begin(), file.end(), blob->begin(), blob->end()) - file.begin();
    const auto same = std::search(written.begin(), written.end(), blob->begin(), blob->end()) - written.begin();
    CHECK(at == same);
  }
}

TEST_CASE("pages of one shape are frames; all keep their tags") {
  const std::vector<Image> pages = {sample_image(40, 30, 3, 8), changed_copy(sample_image(40, 30, 3, 8)),
                                    sample_image(40, 30, 3, 8)};
  TiffRecipe recipe;
  recipe.compression = 8;
  const Bytes file = sample_tiff(pages, recipe);
  const Picture picture = decode_tiff(file, {});
  CHECK(picture.frames == 3);
  CHECK(picture.image.height() == 90);
  const Image changed = changed_copy(picture.image);
  const Bytes written = encode_tiff(picture, changed);
  for (int page = 0; page < 3; ++page) {
    const TiffFacts facts = tiff_facts(written, page);
    CHECK(facts.pages == 3);
    CHECK(std::equal(facts.image.raw().begin(), facts.image.raw().end(),
                     changed.raw().begin() + static_cast<std::ptrdiff_t>(facts.image.raw().size()) * page));
  }
  CHECK(refusal(sample_tiff({pages[0], sample_image(40, 31, 3, 8)})) == Code::image_pages);
  CHECK(refusal(sample_tiff({pages[0], sample_image(40, 30, 1, 8)})) == Code::image_pages);
  CodecLimits limits;
  limits.max_pixels = 3 * 40 * 30 - 1;
  CHECK(refusal(file, limits) == Code::image_too_large);
}

TEST_CASE("reduced versions show the protected picture") {
  const Image image = sample_image(64, 48, 3, 8);
  for (const bool sub : {false, true}) {
    CAPTURE(sub);
    TiffRecipe recipe;
    recipe.compression = 5;
    (sub ? recipe.sub_preview : recipe.preview) = true;
    const Bytes file = sample_tiff({image}, recipe);
    const Picture picture = decode_tiff(file, {});
    CHECK(picture.frames == 1);
    CHECK(has_note(picture, Code::redrawn_preview));
    Image black = image;
    std::fill(black.raw().begin(), black.raw().end(), std::uint8_t{3});
    const Bytes written = encode_tiff(picture, black);
    const TiffFacts small = sub ? tiff_facts(written, 0, 0) : tiff_facts(written, 1);
    REQUIRE(small.image.width() == 32);
    CHECK(std::all_of(small.image.raw().begin(), small.image.raw().end(), [](std::uint8_t v) { return v == 3; }));
  }
}

TEST_CASE("no byte of the clean picture is left, wherever the new data lie") {
  const Image image = sample_image(120, 90, 3, 8);
  Image noise = image;  // takes more room than the picture
  unsigned state = 1;
  for (std::uint8_t& v : noise.raw()) v = static_cast<std::uint8_t>((state = state * 1664525u + 1013904223u) >> 24);
  for (const int compression : {1, 5, 8}) {
    TiffRecipe recipe;
    recipe.compression = compression;
    recipe.rows_per_strip = 7;
    Bytes file = sample_tiff({image}, recipe);
    const Bytes left_over = toy_jpeg(500);  // what an editor left behind
    append(file, left_over);
    const Picture picture = decode_tiff(file, {});
    for (const Image* changed : std::initializer_list<const Image*>{&noise, &image}) {
      const Bytes written = encode_tiff(picture, *changed);
      CHECK(tiff_facts(written).image == *changed);
      CHECK(!holds_picture(written));
      if (changed == &image) continue;
      const TiffFacts clean = tiff_facts(file);
      int same = 0;
      for (std::size_t i = 0; i + 64 <= file.size(); i += 64) {
        if (std::all_of(file.begin() + static_cast<std::ptrdiff_t>(i),
                        file.begin() + static_cast<std::ptrdiff_t>(i + 64), [](std::uint8_t v) { return v == 0; }))
          continue;
        same += std::search(written.begin(), written.end(), file.begin() + static_cast<std::ptrdiff_t>(i),
                            file.begin() + static_cast<std::ptrdiff_t>(i + 64)) != written.end();
      }
      CHECK(same <= 8);  // the directory and its lists
    }
  }
}

TEST_CASE("what cannot be written back exactly is refused by name") {
  const Image image = sample_image(32, 32, 3, 8);
  TiffRecipe recipe;
  recipe.sample_format = 3;
  CHECK(refusal(sample_tiff({sample_image(32, 32, 1, 16)}, recipe)) == Code::image_float);
  recipe.sample_format = 2;
  CHECK(refusal(sample_tiff({image}, recipe)) == Code::image_float);
  recipe = {};
  recipe.compression = 7;
  CHECK(refusal(sample_tiff({image}, recipe)) == Code::image_coding);
  recipe = {};
  recipe.extra_sample = 1;
  CHECK(refusal(sample_tiff({sample_image(32, 32, 4, 8)}, recipe)) == Code::image_colour);
  Image opaque = sample_image(32, 32, 4, 8);
  for (std::size_t i = 3; i < opaque.raw().size(); i += 4) opaque.raw()[i] = 255;
  CHECK(decode_tiff(sample_tiff({opaque}, recipe), {}).image == opaque);
  recipe = {};
  recipe.compression = 5;
  const Bytes file = sample_tiff({image}, recipe);
  CodecLimits limits;
  limits.max_pixels = 32 * 32 - 1;
  CHECK(refusal(file, limits) == Code::image_too_large);
  for (const std::size_t length : {std::size_t{8}, std::size_t{40}, file.size() / 2, file.size() - 1}) {
    CHECK(refusal(ByteView(file).first(length)) == Code::image_broken);
  }
  CHECK(tiff_dimensions(file).width == 32);
  CHECK(tiff_dimensions(ByteView(file).first(20)).width == 0);
}

TEST_CASE("Photoshop resources are reduced to IPTC, pictures in tags go") {
  TiffRecipe recipe;
  recipe.compression = 5;
  Bytes resources =
      text_bytes(std::string_view("8BIM\x04\x04\0\0\0\0\0\x04"
                                  "iptc"
                                  "8BIM\x04\x0c\0\0",
                                  24));
  const Bytes thumbnail = toy_jpeg(600);
  const Bytes length = bytes({0, 0, 0x02, 0x58});
  append(resources, length);
  append(resources, thumbnail);
  recipe.blobs = {{34377, resources}, {34675, toy_jpeg(300)}};
  const Image image = sample_image(60, 40, 3, 8);
  const Picture picture = decode_tiff(sample_tiff({image}, recipe), {});
  CHECK(has_note(picture, Code::dropped_photoshop));
  CHECK(has_note(picture, Code::dropped_segment));
  const Bytes written = encode_tiff(picture, image);
  CHECK(!holds_picture(written));
  CHECK(tiff_facts(written).image == image);
  CHECK(text_of(written).find("8BIM") != std::string_view::npos);
  CHECK(decode_tiff(written, {}).notes.empty());
}
