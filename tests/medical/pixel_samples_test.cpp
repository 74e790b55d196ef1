#include "medical/pixel_samples.h"

#include <doctest/doctest.h>

#include <vector>

using namespace wardmark;

namespace {

PixelFormat word_format(int stored, int high_bit, bool is_signed, int pixels) {
  PixelFormat f;
  f.rows = 1;
  f.columns = pixels;
  f.allocated = 16;
  f.stored = stored;
  f.high_bit = high_bit;
  f.is_signed = is_signed;
  return f;
}

Image unpacked(const std::vector<std::uint16_t>& words, const PixelFormat& f) {
  Image image(f.columns, f.rows, f.samples, f.allocated);
  unpack_frame(reinterpret_cast<const std::uint8_t*>(words.data()), f, image, 0);
  return image;
}

}  // namespace

TEST_CASE("stored bits are taken out wherever they lie, and the others stay") {
  // 12 bits stored, high bit 15: four bits below hold something else.
  const PixelFormat f = word_format(12, 15, false, 3);
  std::vector<std::uint16_t> words = {0x123A, 0xFFF5, 0x000F};
  const Image image = unpacked(words, f);
  CHECK(image.row<std::uint16_t>(0)[0] == 0x123);
  CHECK(image.row<std::uint16_t>(0)[1] == 0xFFF);
  CHECK(image.row<std::uint16_t>(0)[2] == 0);
  Image changed = image;
  changed.row<std::uint16_t>(0)[0] = 0x124;
  changed.row<std::uint16_t>(0)[2] = 1;
  pack_frame(reinterpret_cast<std::uint8_t*>(words.data()), f, changed, 0, false);
  CHECK(words == std::vector<std::uint16_t>{0x124A, 0xFFF5, 0x001F});
}

TEST_CASE("an overlay in the unused bits of unsigned values is copied") {
  const PixelFormat f = word_format(12, 11, false, 2);
  std::vector<std::uint16_t> words = {0x1005, 0x0006};
  const Image image = unpacked(words, f);
  CHECK(image.row<std::uint16_t>(0)[0] == 5);
  Image changed = image;
  changed.row<std::uint16_t>(0)[0] = 7;
  pack_frame(reinterpret_cast<std::uint8_t*>(words.data()), f, changed, 0, false);
  CHECK(words == std::vector<std::uint16_t>{0x1007, 0x0006});
}

TEST_CASE("signed values keep the way their sign was written") {
  const PixelFormat f = word_format(12, 11, true, 3);
  // -1, 1, 2 with the sign carried into the upper bits.
  std::vector<std::uint16_t> carried = {0xFFFF, 0x0001, 0x0002};
  const Image image = unpacked(carried, f);
  CHECK(image.row<std::uint16_t>(0)[0] == 2047);
  CHECK(image.row<std::uint16_t>(0)[1] == 2049);
  Image changed = image;
  changed.row<std::uint16_t>(0)[0] = 2049;  // -1 becomes 1
  changed.row<std::uint16_t>(0)[1] = 2046;  // 1 becomes -2
  const auto* raw = reinterpret_cast<const std::uint8_t*>(carried.data());
  CHECK(carries_sign(raw, f));
  CHECK(!spare_bits_clear(raw, f));
  pack_frame(reinterpret_cast<std::uint8_t*>(carried.data()), f, changed, 0, true);
  CHECK(carried == std::vector<std::uint16_t>{0x0001, 0xFFFE, 0x0002});
  // The same with upper bits zero throughout.
  std::vector<std::uint16_t> plain = {0x0FFF, 0x0001, 0x0002};
  CHECK(unpacked(plain, f) == image);
  CHECK(!carries_sign(reinterpret_cast<const std::uint8_t*>(plain.data()), f));
  CHECK(spare_bits_clear(reinterpret_cast<const std::uint8_t*>(plain.data()), f));
  pack_frame(reinterpret_cast<std::uint8_t*>(plain.data()), f, changed, 0, false);
  CHECK(plain == std::vector<std::uint16_t>{0x0001, 0x0FFE, 0x0002});
}

TEST_CASE("colour by plane and colour by pixel give the same picture") {
  PixelFormat f;
  f.rows = 1;
  f.columns = 2;
  f.samples = 3;
  f.photometric = Photometric::rgb;
  std::vector<std::uint8_t> by_pixel = {1, 2, 3, 4, 5, 6};
  std::vector<std::uint8_t> by_plane = {1, 4, 2, 5, 3, 6};
  Image a(2, 1, 3, 8);
  Image b(2, 1, 3, 8);
  f.stored = 8;
  f.high_bit = 7;
  unpack_frame(by_pixel.data(), f, a, 0);
  f.planar = 1;
  unpack_frame(by_plane.data(), f, b, 0);
  CHECK(a == b);
  Image changed = b;
  changed.row<std::uint8_t>(0)[4] = 9;
  pack_frame(by_plane.data(), f, changed, 0, false);
  CHECK(by_plane == std::vector<std::uint8_t>{1, 4, 2, 9, 3, 6});
}

TEST_CASE("YBR becomes the RGB of its formula, in full and halved chroma") {
  PixelFormat f;
  f.rows = 1;
  f.columns = 2;
  f.samples = 3;
  f.photometric = Photometric::ybr_full;
  const std::vector<std::uint8_t> full = {76, 85, 255, 255, 128, 128};  // red, white
  Image image(2, 1, 3, 8);
  unpack_frame(full.data(), f, image, 0);
  CHECK(image.row<std::uint8_t>(0)[0] == 254);
  CHECK(image.row<std::uint8_t>(0)[1] == 0);
  CHECK(image.row<std::uint8_t>(0)[2] == 0);
  CHECK(image.row<std::uint8_t>(0)[3] == 255);
  f.photometric = Photometric::ybr_full_422;
  const std::vector<std::uint8_t> halved = {10, 20, 128, 128};
  CHECK(f.frame_bytes() == 4);
  unpack_frame(halved.data(), f, image, 0);
  CHECK(image.row<std::uint8_t>(0)[0] == 10);
  CHECK(image.row<std::uint8_t>(0)[5] == 20);
}
