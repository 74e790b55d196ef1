#include "medical/pixel_access.h"

#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcvrul.h>
#include <doctest/doctest.h>

#include <filesystem>

#include "core/error.h"
#include "io/atomic_file.h"
#include "medical/jpeg2000.h"
#include "medical/pixel_store.h"
#include "tests/medical/made_object.h"

using namespace wardmark;

namespace {

/// Raises the samples of every second pixel by one, writes in `syntax`, and reads it back.
Image written_and_read(const Bytes& file, PixelWriter writer, std::string_view syntax, Image& meant,
                       Bytes* out = nullptr) {
  DicomObject object = read_apart(file);
  const PixelFormat format = read_pixel_format(object);
  DecodedPixels pixels = decode_pixels(object, format);
  meant = pixels.image;
  for (int y = 0; y < meant.height(); ++y) {
    for (int x = 0; x < meant.width(); x += 2) ++meant.row<std::uint16_t>(y)[x];
  }
  const StoredPixels used = store_pixels(object, pixels.raw, meant, writer, syntax);
  CHECK(used.syntax == syntax);
  const Bytes result = write_object(object, used.syntax, false, used.supply ? &*used.supply : nullptr);
  DicomObject back = read_object(result);
  CHECK(back.syntax->uid == syntax);
  const PixelFormat again = read_pixel_format(back);
  if (out != nullptr) *out = result;
  return decode_image(back, again);
}

struct Way {
  PixelWriter writer;
  std::string_view syntax;
};
constexpr Way kWays[] = {{PixelWriter::native, kExplicit},
                         {PixelWriter::native, kImplicit},
                         {PixelWriter::native, kDeflated},
                         {PixelWriter::rle, kRle},
                         {PixelWriter::jpeg_lossless, kJpegLossless},
                         {PixelWriter::jpeg_ls, kJpegLs}};

}  // namespace

TEST_CASE("signed pixels come back from every syntax as they were meant") {
  for (const Way& way : kWays) {
    CAPTURE(way.syntax);
    Image meant;
    CHECK(written_and_read(made_slice(), way.writer, way.syntax, meant) == meant);
  }
}

TEST_CASE("an overlay in high bits and a high bit of 15 survive JPEG-LS, which could shift them away") {
  const Bytes overlay = made_slice([](DcmDataset& data) {
    std::vector<Uint16> words(256);
    for (std::size_t i = 0; i < words.size(); ++i) words[i] = static_cast<Uint16>((i % 3 == 0 ? 0x1000 : 0) + i);
    data.putAndInsertUint16(DCM_PixelRepresentation, 0);
    data.putAndInsertUint16(DcmTag(0x6000, 0x0102, EVR_US), 12);
    data.putAndInsertUint16Array(DCM_PixelData, words.data(), 256);
  });
  const Bytes shifted = made_slice([](DcmDataset& data) {
    std::vector<Uint16> words(256);
    for (std::size_t i = 0; i < words.size(); ++i) words[i] = static_cast<Uint16>(i << 4 | 5);
    data.putAndInsertUint16(DCM_PixelRepresentation, 0);
    data.putAndInsertUint16(DCM_HighBit, 15);
    data.putAndInsertUint16Array(DCM_PixelData, words.data(), 256);
  });
  for (const Way& way : kWays) {
    CAPTURE(way.syntax);
    for (const Bytes* file : {&overlay, &shifted}) {
      Image meant;
      Bytes out;
      CHECK(written_and_read(*file, way.writer, way.syntax, meant, &out) == meant);
      DicomObject back = read_object(out);
      const PixelFormat format = read_pixel_format(back);
      FrameReader reader(back, format);
      const auto* words = reinterpret_cast<const std::uint16_t*>(reader.frame(0).data());
      for (std::size_t i = 0; i < 256; ++i) {
        if (file == &overlay) CHECK((words[i] & 0xF000) == (i % 3 == 0 ? 0x1000 : 0));
        if (file == &shifted) CHECK((words[i] & 0x000F) == 5);
      }
    }
  }
}

TEST_CASE("a change that is none leaves native bytes as they were") {
  const Bytes file = made_slice();
  DicomObject plain = read_object(file);
  const Bytes as_it_was = write_object(plain, kExplicit);
  for (const bool kept : {true, false}) {
    DicomObject object = read_apart(file);
    DecodedPixels pixels = decode_pixels(object, read_pixel_format(object));
    const StoredPixels stored = kept ? keep_pixels(object, kExplicit)
                                     : store_pixels(object, pixels.raw, pixels.image, PixelWriter::native, kExplicit);
    REQUIRE(stored.supply);
    CHECK(write_object(object, stored.syntax, false, &*stored.supply) == as_it_was);
  }
}

namespace {

/// Three frames of the slice, in an encapsulated syntax.
Bytes three_frames(PixelWriter writer, std::string_view syntax, Image& image) {
  const Bytes file = made_slice([](DcmDataset& data) {
    std::vector<Uint16> words;
    for (int i = 0; i < 768; ++i) words.push_back(static_cast<Uint16>((i * 7 + i / 256) % 200));
    data.putAndInsertString(DCM_NumberOfFrames, "3");
    data.putAndInsertUint16Array(DCM_PixelData, words.data(), 768);
  });
  DicomObject object = read_apart(file);
  DecodedPixels pixels = decode_pixels(object, read_pixel_format(object));
  image = pixels.image;
  const StoredPixels stored = store_pixels(object, pixels.raw, image, writer, syntax);
  return write_object(object, stored.syntax, false, &*stored.supply);
}

/// The items of the file's pixel data.
ByteView items_of(const Bytes& file) { return *read_apart(file).apart; }

/// The same file with other items.
Bytes with_items(const Bytes& file, const Bytes& items) {
  DicomObject object = read_apart(file);
  const PixelSupply supply{items.size(), [&](Bytes& out) { out.insert(out.end(), items.begin(), items.end()); }};
  return write_object(object, object.syntax->uid, false, &supply);
}

void put_item(Bytes& items, ByteView value) {
  const auto length = static_cast<std::uint32_t>(value.size());
  for (const std::uint32_t word : {0xE000FFFEu, length}) {
    for (int i = 0; i < 4; ++i) items.push_back(static_cast<std::uint8_t>(word >> (8 * i)));
  }
  items.insert(items.end(), value.begin(), value.end());
}

/// Every frame in two fragments; the table names frames, or nothing, or other places.
Bytes in_halves(ByteView items, int table) {
  std::vector<Bytes> frames;
  std::size_t at = 8 + items[4];
  while (at < items.size()) {
    const std::size_t length = items[at + 4] | static_cast<std::size_t>(items[at + 5]) << 8;
    frames.emplace_back(items.begin() + static_cast<std::ptrdiff_t>(at + 8),
                        items.begin() + static_cast<std::ptrdiff_t>(at + 8 + length));
    at += 8 + length;
  }
  Bytes fragments, offsets;
  for (const Bytes& frame : frames) {
    const std::size_t place = fragments.size() + (table == 2 && !fragments.empty() ? 2 : 0);
    for (int i = 0; i < 4; ++i) offsets.push_back(static_cast<std::uint8_t>(place >> (8 * i)));
    const std::size_t half = frame.size() / 4 * 2;
    put_item(fragments, ByteView(frame).first(half));
    put_item(fragments, ByteView(frame).subspan(half));
  }
  Bytes out;
  put_item(out, table == 0 ? ByteView() : ByteView(offsets));
  out.insert(out.end(), fragments.begin(), fragments.end());
  return out;
}

}  // namespace

TEST_CASE("compressed frames are read from where they lie, whole or through DCMTK's copy") {
  for (const Way& way : kWays) {
    if (way.writer == PixelWriter::native) continue;
    CAPTURE(way.syntax);
    Image image;
    const Bytes file = three_frames(way.writer, way.syntax, image);
    DicomObject apart = read_apart(file);
    REQUIRE(apart.apart);
    CHECK(apart.apart->size() > 12 + 8);
    CHECK(decode_image(apart, read_pixel_format(apart)) == image);
    DicomObject whole = read_object(file);
    CHECK(!whole.apart);
    CHECK(decode_image(whole, read_pixel_format(whole)) == image);
    // DCMTK puts the same items there.
    CHECK(write_object(whole, way.syntax) == file);
    const StoredPixels kept = keep_pixels(apart, way.syntax);
    CHECK(write_object(apart, way.syntax, false, &*kept.supply) == file);
  }
}

TEST_CASE("frames of several fragments, with an offset table, without one, and with a wrong one") {
  Image image;
  const Bytes file = three_frames(PixelWriter::jpeg_lossless, kJpegLossless, image);
  for (const int table : {1, 0, 2}) {
    CAPTURE(table);
    const Bytes halves = with_items(file, in_halves(items_of(file), table));
    DicomObject object = read_apart(halves);
    CHECK(decode_image(object, read_pixel_format(object)) == image);
  }
  const ByteView items = items_of(file);
  const Bytes cut = with_items(file, Bytes(items.begin(), items.begin() + 8 + 12));
  DicomObject object = read_apart(cut);
  CHECK_THROWS_AS(decode_image(object, read_pixel_format(object)), Error);
}

TEST_CASE("group lengths are right when pixels are put in behind") {
  const Bytes plain = made_slice();
  for (const Way& way : {kWays[0], kWays[3]}) {
    DicomObject object = read_apart(plain);
    object.group_lengths = true;
    for (const DcmTagKey& tag : {DcmTagKey(0x0008, 0), DcmTagKey(0x7FE0, 0)}) {
      REQUIRE(object.data().insert(new DcmUnsignedLong(DcmTag(tag, EVR_UL)), OFTrue).good());
    }
    DecodedPixels pixels = decode_pixels(object, read_pixel_format(object));
    const StoredPixels stored = store_pixels(object, pixels.raw, pixels.image, way.writer, way.syntax);
    const Bytes out = write_object(object, stored.syntax, false, &*stored.supply);
    DicomObject whole = read_object(out);
    CHECK(whole.group_lengths);
    CAPTURE(way.syntax);
    CHECK(write_object(whole, way.syntax) == out);
  }
}

TEST_CASE("values stay as they are stored: nothing is trimmed or corrected") {
  const Bytes file = made_slice();
  DicomObject object = read_object(file);
  const Bytes again = write_object(object, kExplicit);
  CHECK(text_of(ByteView(again)).find("Rubo DEMO   ") != std::string_view::npos);
}

TEST_CASE("JPEG 2000 of real files: the same pixels as the uncompressed file, damage is told") {
  const std::filesystem::path folder = std::filesystem::path(WARDMARK_DATA) / "dicom" / "ts" / "mr64";
  if (!std::filesystem::exists(folder)) {
    MESSAGE("skipped: no real material");
    return;
  }
  const auto picture = [&](const char* name) {
    DicomObject object = read_object(read_file(folder / name));
    const PixelFormat format = read_pixel_format(object);
    return decode_image(object, format);
  };
  const Image plain = picture("MR_small.dcm");
  for (const char* name : {"MR_small_jp2klossless.dcm", "MR_small_RLE.dcm", "MR_small_jpeg_ls_lossless.dcm",
                           "MR_small_bigendian.dcm", "MR_small_implicit.dcm", "MR_small_padded.dcm"}) {
    CAPTURE(name);
    CHECK(picture(name) == plain);
  }
  const Bytes file = read_file(folder / "MR_small_jp2klossless.dcm");
  const std::size_t begin = text_of(ByteView(file)).find("\xFF\x4F\xFF\x51");
  REQUIRE(begin != std::string_view::npos);
  const ByteView stream = ByteView(file).subspan(begin);
  PixelFormat format = read_pixel_format(read_object(file));
  const auto code = [&](ByteView bytes) {
    try {
      decode_jpeg2000(bytes, format);
    } catch (const Error& error) {
      return error.code();
    }
    return Code::bug;
  };
  CHECK(code(stream) == Code::bug);
  CHECK(code(stream.first(stream.size() / 2)) == Code::dcm_022);
  CHECK(code(stream.first(20)) == Code::dcm_022);
  format.columns = 63;
  CHECK(code(stream) == Code::dcm_023);
}
