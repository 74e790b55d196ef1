#include "io/jpeg_segments.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "core/error.h"
#include "exif_block.h"
#include "io/embedded_picture.h"
#include "io/jpeg_metadata.h"
#include "io/photoshop.h"
#include "sample_images.h"

using namespace wardmark;
using namespace wardmark::tests;
using namespace std::string_literals;

namespace {

Bytes payload(const std::string& prefix, const Bytes& rest = {}) {
  Bytes result = text_bytes(prefix);
  result.insert(result.end(), rest.begin(), rest.end());
  return result;
}

Bytes filler(std::size_t size) { return Bytes(size, std::uint8_t{'z'}); }

JpegMetadata metadata_of(const std::vector<std::pair<int, Bytes>>& segments, const Bytes& trailer = {}) {
  JpegRecipe recipe;
  recipe.segments = segments;
  Bytes file = sample_jpeg(sample_image(16, 16, 3, 8), recipe);
  file.insert(file.end(), trailer.begin(), trailer.end());
  return carried_metadata(file, read_jpeg_layout(file));
}

/// What is left of one segment beside JFIF; empty when it was dropped.
Bytes left_of(int marker, const Bytes& segment) {
  const JpegMetadata metadata = metadata_of({{marker, segment}});
  REQUIRE(!metadata.segments.empty());
  return metadata.segments.size() == 1 ? Bytes() : metadata.segments[1].payload;
}

std::vector<Code> codes_of(const JpegMetadata& metadata) {
  std::vector<Code> codes;
  for (const Note& note : metadata.notes) codes.push_back(note.code);
  return codes;
}

Bytes resource(int id, const Bytes& data) {
  Bytes result = payload("8BIM", bytes({id >> 8, id & 255, 0, 0, 0, 0, static_cast<int>(data.size() >> 8),
                                        static_cast<int>(data.size() & 255)}));
  result.insert(result.end(), data.begin(), data.end());
  if (data.size() % 2 == 1) result.push_back(0);
  return result;
}

}  // namespace

TEST_CASE("the layout of a JPEG file") {
  Bytes file = sample_jpeg(sample_image(40, 24, 3, 8));
  const std::size_t size = file.size();
  for (int i = 0; i < 5; ++i) file.push_back(7);
  const JpegLayout layout = read_jpeg_layout(file);
  CHECK(layout.frame.marker == 0xC0);
  CHECK(layout.frame.width == 40);
  CHECK(layout.frame.height == 24);
  CHECK(layout.frame.components == 3);
  CHECK(layout.frame.precision == 8);
  CHECK(layout.scans == 1);
  CHECK(layout.ended);
  CHECK(layout.end == size);
  REQUIRE(layout.head.size() == 1);
  CHECK(layout.head[0].marker == 0xE0);
  const auto frame = find_jpeg_frame(file);
  REQUIRE(frame);
  CHECK(frame->width == 40);
  CHECK(!find_jpeg_frame(ByteView(file).first(30)));
  JpegRecipe progressive;
  progressive.progressive = true;
  CHECK(read_jpeg_layout(sample_jpeg(sample_image(40, 24, 3, 8), progressive)).scans == 10);
}

TEST_CASE("a layout without an end, without a scan, with garbage between") {
  const Bytes file = sample_jpeg(sample_image(40, 24, 3, 8));
  CHECK(!read_jpeg_layout(ByteView(file).first(file.size() - 2)).ended);
  CHECK_THROWS_AS(read_jpeg_layout(ByteView(file).first(100)), Error);
  CHECK_THROWS_AS(read_jpeg_layout(ByteView()), Error);
  Bytes garbage = file;
  garbage.insert(garbage.begin() + 20, std::uint8_t{0});
  CHECK_THROWS_AS(read_jpeg_layout(garbage), Error);
}

TEST_CASE("segments without pictures are carried byte for byte and in order") {
  ExifBlock exif(false);
  exif.directory({{0x0112, 3, 1, 7}}, 0);
  const std::vector<std::pair<int, Bytes>> segments = {
      {0xE1, payload("Exif\0\0"s, exif.data)},
      {0xE1, payload("http://ns.adobe.com/xap/1.0/\0<x:xmpmeta/>"s)},
      {0xE1, payload("http://ns.adobe.com/xmp/extension/\0"s, payload(std::string(40, 'A') + "<rest of it/>"))},
      {0xE2, payload("ICC_PROFILE\0\1\1"s, filler(3000))},
      {0xEC, payload("Ducky\0\1\0\4\0\0\0\x50"s)},
      {0xED, payload("Photoshop 3.0\0"s, resource(0x0404, filler(11)))},
      {0xFE, payload("a comment, longer than sixty-four bytes, because comments may be as long as they like")}};
  const JpegMetadata metadata = metadata_of(segments);
  CHECK(metadata.notes.empty());
  CHECK(metadata.orientation == 7);
  REQUIRE(metadata.segments.size() == segments.size() + 1);
  CHECK(metadata.segments[0].marker == 0xE0);
  for (std::size_t i = 0; i < segments.size(); ++i) {
    CHECK(metadata.segments[i + 1].marker == segments[i].first);
    CHECK(metadata.segments[i + 1].payload == segments[i].second);
  }
}

TEST_CASE("each kind of segment with a picture is dropped under its own code") {
  const Bytes picture = toy_jpeg(200);
  const auto dropped = [](int marker, const Bytes& segment) {
    const JpegMetadata metadata = metadata_of({{marker, segment}});
    CHECK(metadata.segments.size() == 1);
    REQUIRE(metadata.notes.size() == 1);
    return metadata.notes[0].code;
  };
  CHECK(dropped(0xE0, payload("JFXX\0\x10"s, picture)) == Code::dropped_thumbnail);
  CHECK(dropped(0xE2, payload("MPF\0"s, filler(80))) == Code::dropped_mpf);
  CHECK(dropped(0xE2, payload("FPXR\0"s, filler(80))) == Code::dropped_segment);
  CHECK(dropped(0xE5, filler(65)) == Code::dropped_segment);
  CHECK(dropped(0xE5, payload("x", toy_jpeg(20))) == Code::dropped_segment);
  CHECK(dropped(0xEB, payload("JP\0\1\0\0\0\1"s, filler(8))) == Code::dropped_c2pa);
  CHECK(dropped(0xFE, picture) == Code::dropped_segment);
  CHECK(dropped(0xE2, payload("ICC_PROFILE\0\1\1"s, picture)) == Code::dropped_segment);
  CHECK(dropped(0xED, payload("Photoshop 3.0\0"s, resource(0x040C, picture))) == Code::dropped_photoshop);
  CHECK(left_of(0xE5, filler(64)) == filler(64));
}

TEST_CASE("the thumbnail of JFIF goes, the density stays") {
  Bytes jfif = payload("JFIF\0\1\2\1\0\x48\0\x49\2\2"s, filler(12));
  const Bytes left = left_of(0xE0, jfif);
  CHECK(left == payload("JFIF\0\1\2\1\0\x48\0\x49\0\0"s));
}

TEST_CASE("Photoshop resources are reduced to IPTC and settings, also over two segments") {
  const Bytes resolution = resource(0x03ED, filler(16));
  Bytes all = resolution;
  const Bytes iptc = resource(0x0404, filler(33)), digest = resource(0x0425, filler(16));
  // A thumbnail, EXIF, settings too large or with a picture in them.
  for (const Bytes& part : {iptc, digest, resource(0x040C, toy_jpeg(64)), resource(0x0422, filler(40)),
                            resource(0x041A, filler(5000)), resource(0x0421, toy_jpeg(64))})
    all.insert(all.end(), part.begin(), part.end());
  const Bytes first(all.begin(), all.begin() + 50), second(all.begin() + 50, all.end());
  const JpegMetadata metadata = metadata_of(
      {{0xED, payload("Photoshop 3.0\0"s, first)}, {0xFE, filler(3)}, {0xED, payload("Photoshop 3.0\0"s, second)}});
  CHECK(codes_of(metadata) == std::vector<Code>{Code::dropped_photoshop});
  REQUIRE(metadata.segments.size() == 3);
  Bytes kept = resolution;
  kept.insert(kept.end(), iptc.begin(), iptc.end());
  kept.insert(kept.end(), digest.begin(), digest.end());
  CHECK(metadata.segments[1].payload == payload("Photoshop 3.0\0"s, kept));
  CHECK(metadata.segments[2].marker == 0xFE);
  Bytes cut = iptc;
  cut.resize(20);
  CHECK(clean_photoshop(cut).dropped);
  CHECK(clean_photoshop(cut).block.empty());
  CHECK(clean_photoshop(resource(0x0404, toy_jpeg(40))).block.empty());
}

TEST_CASE("extended XMP with a payload goes with all its parts, and its mark") {
  const std::string header = "http://ns.adobe.com/xmp/extension/\0"s + std::string(40, 'A');
  const std::string half(200, 'Q');
  const JpegMetadata metadata =
      metadata_of({{0xE1, payload("http://ns.adobe.com/xap/1.0/\0<d xmpNote:HasExtendedXMP='77'/>"s)},
                   {0xE1, payload(header + "<GDepth:Data>" + half)},
                   {0xE1, payload(header + half + "</GDepth:Data>")}});
  CHECK(codes_of(metadata) == std::vector<Code>{Code::dropped_xmp_thumbnail});
  REQUIRE(metadata.segments.size() == 2);
  CHECK(metadata.segments[1].payload == payload("http://ns.adobe.com/xap/1.0/\0<d xmpNote:HasExtendedXMP='  '/>"s));
}

TEST_CASE("what stands behind the end marker is dropped and listed") {
  CHECK(codes_of(metadata_of({}, filler(10))) == std::vector<Code>{Code::dropped_trailer});
  CHECK(metadata_of({}, filler(10)).notes[0].detail == "10 bytes");
  CHECK(codes_of(metadata_of({{0xE2, payload("MPF\0"s, filler(80))}}, toy_jpeg(300))) ==
        std::vector<Code>{Code::dropped_mpf});
}

TEST_CASE("a maker note that points at a picture behind the end makes the file refused") {
  const auto file_with = [](std::uint32_t offset) {
    ExifBlock note(true);
    note.u32(offset);
    note.u32(1000);
    const ThumbnailBlock exif = thumbnail_block(true, ByteView(note.data).last(8), toy_jpeg(100), 100);
    JpegRecipe recipe;
    recipe.segments = {{0xE1, payload("Exif\0\0"s, exif.data)}};
    return sample_jpeg(sample_image(16, 16, 3, 8), recipe);
  };
  Bytes file = file_with(0);
  constexpr std::size_t kExifStart = 2 + 18 + 4 + 6;  // start, JFIF, marker and length, "Exif\0\0"
  const auto offset = static_cast<std::uint32_t>(file.size() - kExifStart);
  file = file_with(offset);
  CHECK_NOTHROW(carried_metadata(file, read_jpeg_layout(file)));
  const Bytes preview = toy_jpeg(1000);
  file.insert(file.end(), preview.begin(), preview.end());
  try {
    carried_metadata(file, read_jpeg_layout(file));
    FAIL("not refused");
  } catch (const Error& error) {
    CHECK(error.code() == Code::metadata_preview);
  }
}
