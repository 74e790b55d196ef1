#include "io/exif.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>

#include "core/error.h"
#include "exif_block.h"
#include "io/embedded_picture.h"
#include "io/jpeg_codec.h"
#include "sample_images.h"

using namespace wardmark;
using namespace wardmark::tests;

namespace {

Code refusal(ByteView block, const ExifSurroundings& around = {}) {
  try {
    clean_exif(block, around);
  } catch (const Error& error) {
    CHECK(!error.hint().empty());
    return error.code();
  }
  return Code::bug;
}

Bytes note_bytes(std::size_t size) {
  Bytes note(size);
  for (std::size_t i = 0; i < size; ++i) note[i] = static_cast<std::uint8_t>(i * 7 % 200 + 1);
  return note;
}

bool all_zero(ByteView bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t b) { return b == 0; });
}

bool has_note(const Exif& exif, Code code) {
  return std::any_of(exif.notes.begin(), exif.notes.end(), [code](const Note& note) { return note.code == code; });
}

}  // namespace

TEST_CASE("the thumbnail goes, every other byte stays, in both byte orders") {
  for (const bool big_endian : {false, true}) {
    const ThumbnailBlock made = thumbnail_block(big_endian, note_bytes(40), toy_jpeg(300), 300);
    const Exif clean = clean_exif(made.data);
    CHECK(clean.orientation == 6);
    REQUIRE(clean.notes.size() == 1);
    CHECK(clean.notes[0].code == Code::dropped_thumbnail);
    REQUIRE(clean.block.size() == made.second);  // IFD1 and thumbnail stood last
    constexpr std::size_t kLink = 8 + 2 + 3 * 12;
    CHECK(all_zero(ByteView(clean.block).subspan(kLink, 4)));
    Bytes expected = made.data;
    std::fill_n(expected.begin() + kLink, 4, std::uint8_t{0});
    expected.resize(made.second);
    CHECK(clean.block == expected);
  }
}

TEST_CASE("a plain thumbnail is drawn anew where it was, and can be again") {
  const Bytes thumbnail = sample_jpeg(sample_image(160, 120, 3, 8));
  const auto length = static_cast<std::uint32_t>(thumbnail.size());
  for (const bool big_endian : {false, true}) {
    const ThumbnailBlock made = thumbnail_block(big_endian, note_bytes(40), thumbnail, length);
    Exif clean = clean_exif(made.data);
    REQUIRE(clean.thumbnail);
    CHECK(has_note(clean, Code::redrawn_preview));
    CHECK(clean.notes.size() == 1);
    CHECK(clean.thumbnail->at == made.thumbnail);
    CHECK(clean.thumbnail->room == length);
    CHECK(clean.thumbnail->width == 160);
    CHECK(all_zero(ByteView(clean.block).subspan(made.thumbnail)));
    CHECK(std::equal(clean.block.begin(), clean.block.begin() + static_cast<std::ptrdiff_t>(made.thumbnail),
                     made.data.begin()));
    Image black(400, 300, 4, 16, true);
    std::fill(black.raw().begin(), black.raw().end(), std::uint8_t{0});
    draw_thumbnail(clean.block, *clean.thumbnail, black);
    const Exif again = clean_exif(clean.block);
    REQUIRE(again.thumbnail);
    CHECK(again.thumbnail->width == 160);
    const Picture shown = decode_jpeg(ByteView(clean.block).subspan(again.thumbnail->at, again.thumbnail->room), {});
    CHECK(all_zero(shown.image.raw()));
    CHECK(shown.image.height() == 120);
  }
  // A maker note around it keeps its refusal.
  ThumbnailBlock made = thumbnail_block(true, thumbnail, thumbnail, length);
  CHECK(refusal(made.data) == Code::metadata_preview);
}

TEST_CASE("a block without thumbnail is carried byte for byte") {
  ExifBlock block(true);
  block.directory({{0x010F, 2, 12, 8 + 2 + 24 + 4}, {0x0112, 3, 1, 3}}, 0);
  block.append(text_bytes("a camera 123"));
  block.append(note_bytes(100));  // bytes no tag owns
  const Exif clean = clean_exif(block.data);
  CHECK(clean.block == block.data);
  CHECK(clean.orientation == 3);
  CHECK(clean.notes.empty());
}

TEST_CASE("bytes behind the thumbnail keep their place") {
  ThumbnailBlock made = thumbnail_block(false, note_bytes(40), toy_jpeg(300), 300);
  const Bytes tail = note_bytes(50);
  made.data.insert(made.data.end(), tail.begin(), tail.end());
  const Exif clean = clean_exif(made.data);
  REQUIRE(clean.block.size() == made.data.size());
  CHECK(all_zero(ByteView(clean.block).subspan(made.second, made.thumbnail + 300 - made.second)));
  CHECK(std::equal(tail.begin(), tail.end(), clean.block.end() - 50));
}

TEST_CASE("a stated length that is too short leaves nothing behind") {
  const ThumbnailBlock made = thumbnail_block(true, note_bytes(40), toy_jpeg(300), 20);
  const Exif clean = clean_exif(made.data);
  CHECK(clean.block.size() == made.second);
}

TEST_CASE("uncompressed strips are erased") {
  ExifBlock block(false);
  constexpr std::uint32_t kSecond = 8 + 2 + 12 + 4, kArrays = kSecond + 2 + 36 + 4, kStrips = kArrays + 16;
  block.directory({{0x0112, 3, 1, 1}}, kSecond);
  block.directory({{0x0103, 3, 1, 1}, {0x0111, 4, 2, kArrays}, {0x0117, 4, 2, kArrays + 8}}, 0);
  for (const std::uint32_t number : {kStrips, kStrips + 60, 60u, 40u}) block.u32(number);
  block.append(note_bytes(100));
  const Exif clean = clean_exif(block.data);
  CHECK(clean.block.size() == kSecond);
  CHECK(has_note(clean, Code::dropped_thumbnail));
}

TEST_CASE("sub-images and Photoshop blocks are taken out of the first directory") {
  ExifBlock block(true);
  constexpr std::uint32_t kSub = 8 + 2 + 36 + 4, kStrip = kSub + 2 + 24 + 4, kPhotoshop = kStrip + 80;
  block.directory({{0x0112, 3, 1, 8}, {0x014A, 4, 1, kSub}, {0x8649, 7, 30, kPhotoshop}}, 0);
  block.directory({{0x0111, 4, 1, kStrip}, {0x0117, 4, 1, 80}}, 0);
  block.append(note_bytes(110));
  const Exif clean = clean_exif(block.data);
  CHECK(clean.orientation == 8);
  CHECK(clean.block[9] == 1);  // one entry left
  CHECK(all_zero(ByteView(clean.block).subspan(8 + 2 + 12)));
  CHECK(has_note(clean, Code::dropped_thumbnail));
  CHECK(has_note(clean, Code::dropped_photoshop));
}

TEST_CASE("a maker note with a preview is refused") {
  Bytes note = note_bytes(400);
  const Bytes picture = toy_jpeg(200);
  std::copy(picture.begin(), picture.end(), note.begin() + 100);
  CHECK(refusal(thumbnail_block(true, note, toy_jpeg(300), 300).data) == Code::metadata_preview);
  note[100] = 0x02;  // some vendors overwrite the first byte
  CHECK(refusal(thumbnail_block(true, note, toy_jpeg(300), 300).data) == Code::metadata_preview);
  note[101] = 0x02;
  CHECK(clean_exif(thumbnail_block(true, note, toy_jpeg(300), 300).data).orientation == 6);
}

TEST_CASE("a picture beside the maker note is refused") {
  ThumbnailBlock made = thumbnail_block(true, note_bytes(40), toy_jpeg(300), 300);
  const Bytes preview = toy_jpeg(500);
  made.data.insert(made.data.end(), preview.begin(), preview.end());
  CHECK(refusal(made.data) == Code::metadata_preview);
}

TEST_CASE("a maker note that points at a picture behind the end is refused") {
  constexpr std::int64_t kFileStart = -12;
  ExifSurroundings around;
  around.file_start = kFileStart;
  around.picture_starts = {70000};
  for (const bool big_endian : {false, true}) {
    for (const std::uint32_t offset : {70000u, 70012u, 70000u - 80u - 10u}) {
      CAPTURE(offset);
      ExifBlock note(big_endian);
      note.u32(offset);
      note.u32(1000);  // some length
      const ThumbnailBlock made = thumbnail_block(big_endian, ByteView(note.data).last(8), toy_jpeg(300), 300);
      REQUIRE(made.maker_note == 80);
      CHECK(refusal(made.data, around) == Code::metadata_preview);
      CHECK(clean_exif(made.data).orientation == 6);  // no picture there: nothing to give away
    }
  }
}

TEST_CASE("a picture in another tag is refused, one that no tag owns is erased") {
  const Bytes picture = toy_jpeg(100);
  ExifBlock held(true);
  held.directory({{0x9286, 7, 100, 8 + 2 + 12 + 4}}, 0);
  held.append(picture);
  CHECK(refusal(held.data) == Code::metadata_preview);
  ExifBlock stray(true);
  stray.directory({{0x0112, 3, 1, 2}}, 0);
  stray.append(picture);
  const Exif clean = clean_exif(stray.data);
  CHECK(!holds_picture(clean.block));
  CHECK(has_note(clean, Code::dropped_thumbnail));
}

TEST_CASE("damage that could hide a picture is refused") {
  SUBCASE("a ring of directories") {
    ExifBlock block(true);
    block.directory({{0x0112, 3, 1, 1}}, 8);
    CHECK(refusal(block.data) == Code::metadata_broken);
  }
  SUBCASE("thumbnail and tag share bytes") {
    ThumbnailBlock made = thumbnail_block(true, note_bytes(40), toy_jpeg(300), 300);
    const std::size_t pointer = made.second + 2 + 12 + 8;
    made.data[pointer + 2] = 0;
    made.data[pointer + 3] = static_cast<std::uint8_t>(made.camera);
    CHECK(refusal(made.data) == Code::metadata_broken);
  }
  SUBCASE("no header, large") {
    CHECK(refusal(note_bytes(5000)) == Code::metadata_broken);
    const Bytes small = note_bytes(500);
    CHECK(clean_exif(small).block == small);
  }
  SUBCASE("first directory out of the block, and much that nothing explains") {
    ExifBlock block(true);
    block.append(note_bytes(5000));
    block.data[6] = 0xFF;
    CHECK(refusal(block.data) == Code::metadata_broken);
  }
  SUBCASE("values that overlap so often that looking at them would take for ever") {
    ExifBlock block(false);
    constexpr int kRows = 3000;
    block.u16(kRows);
    for (int i = 0; i < kRows; ++i) {
      block.u16(0x9000);
      block.u16(7);
      block.u32(30000);
      block.u32(10);
    }
    block.u32(0);
    CHECK(refusal(block.data) == Code::metadata_broken);
  }
}

TEST_CASE("no prefix and no flipped byte lets a picture through") {
  const ThumbnailBlock made = thumbnail_block(false, note_bytes(40), toy_jpeg(300), 300);
  int passed = 0;
  const auto check = [&passed](ByteView block) {
    try {
      const Exif clean = clean_exif(block);
      CHECK(!holds_picture(clean.block));
      CHECK(clean.block.size() <= block.size());
      ++passed;
    } catch (const Error& error) {
      CHECK(error.kind() == Kind::item);
    }
  };
  for (std::size_t size = 0; size <= made.data.size(); ++size) check(ByteView(made.data).first(size));
  std::mt19937 random(7);
  for (int i = 0; i < 20000; ++i) {
    Bytes block = made.data;
    for (int flips = 0; flips < 3; ++flips) block[random() % 160] = static_cast<std::uint8_t>(random());
    check(block);
  }
  CHECK(passed > 1000);
}
