#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <map>
#include <set>
#include <string>

#include "core/error.h"
#include "io/atomic_file.h"
#include "io/codec.h"
#include "io/reduced_picture.h"
#include "sample_images.h"
#include "scratch.h"

using namespace wardmark;
using namespace wardmark::tests;

namespace {

namespace fs = std::filesystem;

std::vector<fs::path> files_of(const std::string& folder) {
  const fs::path root = fs::path(WARDMARK_DATA) / folder;
  std::vector<fs::path> files;
  if (!fs::exists(root)) {
    MESSAGE("skipped: no ", root.string());
    return files;
  }
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    if (entry.is_regular_file() && entry.path().extension() != ".tsv") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

/// What a codec promises for a file it accepts.
void check_contract(const Codec& codec, ByteView file, const Picture& picture) {
  const Dimensions dimensions = read_dimensions(file);
  CHECK(dimensions.width == picture.image.width());
  CHECK(dimensions.height == picture.image.height());
  const Bytes written = codec.encode(picture, picture.image);
  CHECK(written == codec.encode(picture, picture.image));
  CHECK(&codec_for(written) == &codec);
  const Picture back = codec.decode(written, {});
  CHECK(back.orientation == picture.orientation);
  CHECK(back.lossy == picture.lossy);
  // Nothing is left to be dropped; previews are those of the protected picture.
  CHECK(
      std::all_of(back.notes.begin(), back.notes.end(), [](const Note& n) { return n.code == Code::redrawn_preview; }));
  REQUIRE(back.image.same_shape(picture.image));
  if (picture.lossy) {
    CHECK(psnr(back.image, picture.image) > 35);
  } else {
    CHECK(back.image == picture.image);
    CHECK(codec.encode(back, back.image).size() <= written.size() + written.size() / 4 + 64);
  }
}

/// Standard output of a command.
std::string output_of(const std::string& command) {
  std::string output;
  FILE* pipe = popen(command.c_str(), "r");
  REQUIRE(pipe);
  std::array<char, 4096> part{};
  for (std::size_t n = 0; (n = fread(part.data(), 1, part.size(), pipe)) > 0;) output.append(part.data(), n);
  pclose(pipe);
  return output;
}

bool exiftool_present() { return !output_of("exiftool -ver 2>/dev/null").empty(); }

/// Tags by group and name, without those about the file, the thumbnail and what may be dropped.
std::set<std::string> tags_of(const fs::path& path) {
  std::set<std::string> tags;
  const std::string text = output_of("exiftool -a -G1 -s '" + path.string() + "' 2>/dev/null");
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string line = text.substr(at, end - at);
    at = end + 1;
    const std::string group = line.substr(0, line.find(']') + 1);
    static const std::set<std::string> kOther = {"[System]", "[File]",     "[ExifTool]", "[Composite]", "[IFD1]",
                                                 "[MPF0]",   "[MPImage1]", "[MPImage2]", "[Photoshop]"};
    if (!kOther.contains(group)) tags.insert(line);
  }
  return tags;
}

}  // namespace

TEST_CASE("the codec table") {
  CHECK(codecs().size() == 5);
  CHECK(find_codec("png") == &codecs()[0]);
  CHECK(find_codec("jpeg") == &codecs()[1]);
  CHECK(find_codec("webp") == &codecs()[2]);
  CHECK(find_codec("tiff") == &codecs()[3]);
  CHECK(find_codec("bmp") == &codecs()[4]);
  CHECK(find_codec("gif") == nullptr);
  for (const RefusedFormat& format : refused_formats()) {
    CHECK(!format.hint.empty());
    CHECK(info(format.code).kind == Kind::item);
    CHECK(!format.recognises(ByteView()));
  }
}

TEST_CASE("files are told by their first bytes") {
  const auto code = [](std::string_view head) {
    try {
      codec_for(bytes_of(head));
    } catch (const Error& error) {
      CHECK(!error.hint().empty());
      return error.code();
    }
    return Code::bug;
  };
  using namespace std::string_view_literals;
  CHECK(code("") == Code::image_empty);
  CHECK(code("hello, this is text") == Code::image_unknown);
  CHECK(code("BMW is a maker of cars, not a bitmap") == Code::image_unknown);
  for (const std::string_view head : {"II*\0\x10\0\0\0CR\2\0"sv, "FUJIFILMCCD-RAW 0201"sv, "GIF89a"sv,
                                      "\0\0\0\x1c"
                                      "ftypavif"sv,
                                      "\0\0\0\x1c"
                                      "ftypheic"sv,
                                      "\0\0\0\x0cjP  \r\n\x87\n"sv, "\xff\x0a\1"sv, "8BPS\0\1"sv, "P6\n3 3"sv,
                                      "\0\0\0\x18"
                                      "ftypcrx "sv}) {
    CAPTURE(head);
    CHECK(code(head) == Code::image_unsupported);
  }
  CHECK(code("\x89PNG\r\n\x1a\n\0\0\0\rIHDR1234567890123----\0\0\0\x08"
             "acTL"sv) == Code::image_animated);
  CHECK(codec_for(bytes_of("\xff\xd8\xff\xe1")).name == "jpeg");
  for (const std::string_view head : {"II*\0aaaaaaaa"sv, "MM\0*aaaa"sv, "II+\0aaaa"sv})
    CHECK(codec_for(bytes_of(head)).name == "tiff");
  // Pixels that begin like the name of a camera's format.
  CHECK(codec_for(bytes_of("II*\0\x08\x10\0\0CR\2\0"sv)).name == "tiff");
  CHECK(codec_for(bytes_of("RIFF1234WEBPVP8 "sv)).name == "webp");
  CHECK(codec_for(bytes_of("BM1234\0\0\0\0\0\0\0\0\x28\0\0\0"sv)).name == "bmp");
}

TEST_CASE("generated pictures keep the contract") {
  for (const int channels : {1, 3}) {
    const Bytes jpeg = sample_jpeg(sample_image(50, 40, channels, 8));
    check_contract(codec_for(jpeg), jpeg, codec_for(jpeg).decode(jpeg, {}));
  }
  for (const int channels : {1, 2, 3, 4}) {
    const Bytes png = sample_png(sample_image(50, 40, channels, 16));
    check_contract(codec_for(png), png, codec_for(png).decode(png, {}));
  }
}

TEST_CASE("real photographs keep the contract or are refused with a way out") {
  std::map<std::string, int> outcomes;
  for (const fs::path& path : files_of("photos")) {
    CAPTURE(path.string());
    const Bytes file = read_file(path);
    try {
      const Codec& codec = codec_for(file);
      const Picture picture = codec.decode(file, {});
      check_contract(codec, file, picture);
      ++outcomes["kept"];
    } catch (const Error& error) {
      CHECK(error.kind() == Kind::item);
      CHECK(!error.hint().empty());
      ++outcomes[std::string(name(error.code()))];
    }
  }
  if (outcomes.empty()) return;
  CHECK(outcomes["kept"] == 64);
  CHECK(outcomes["IMAGE-COLOUR"] == 3);
  CHECK(outcomes["IMAGE-PALETTE"] == 9);
  CHECK(outcomes["IMAGE-LOW-DEPTH"] == 7);
  CHECK(outcomes["IMAGE-BROKEN"] == 0);
  CHECK(outcomes["METADATA-PREVIEW"] == 0);
}

TEST_CASE("damaged and hostile files are refused or give a picture that can be written") {
  for (const fs::path& path : files_of("broken")) {
    CAPTURE(path.string());
    const Bytes file = read_file(path);
    CHECK_NOTHROW(read_dimensions(file));
    try {
      const Codec& codec = codec_for(file);
      const Picture picture = codec.decode(file, {});
      check_contract(codec, file, picture);
    } catch (const Error& error) {
      CHECK(error.kind() == Kind::item);
      CHECK(!error.hint().empty());
    }
  }
}

TEST_CASE("thumbnails that exiftool extracts show the protected picture") {
  const auto files = files_of("photos");
  if (files.empty() || !exiftool_present()) {
    MESSAGE("skipped: no photographs or no exiftool");
    return;
  }
  const Scratch scratch;
  int compared = 0;
  for (const fs::path& path : files) {
    CAPTURE(path.string());
    const fs::path written = scratch.path() / path.filename();
    try {
      const Bytes file = read_file(path);
      const Codec& codec = codec_for(file);
      const Picture picture = codec.decode(file, {});
      if (std::ranges::none_of(picture.notes, [](const Note& n) { return n.code == Code::redrawn_preview; })) continue;
      Image turned = picture.image;  // so that it has nothing of the clean one
      const int most = turned.full_range();
      for (int y = 0; y < turned.height() && turned.bits() == 8; ++y) {
        for (std::size_t i = 0; i < turned.row_samples(); ++i) {
          turned.row<std::uint8_t>(y)[i] = static_cast<std::uint8_t>(most - turned.row<std::uint8_t>(y)[i]);
        }
      }
      const Bytes coded = codec.encode(picture, turned);
      write_file(written, coded);
      const std::string text = output_of("exiftool -b -ThumbnailImage '" + written.string() + "' 2>/dev/null");
      const Bytes thumbnail(text.begin(), text.end());
      const Image shown = codec_for(thumbnail).decode(thumbnail, {}).image;
      const Image released = codec.decode(coded, {}).image;
      const Image expected = reduced_picture(released, 0, released.height(), shown.width(), shown.height());
      REQUIRE(shown.same_shape(expected));
      CHECK(psnr(shown, expected) > 27);
      ++compared;
    } catch (const Error& error) {
      CHECK(error.kind() == Kind::item);
    }
  }
  CHECK(compared >= 15);
}

TEST_CASE("exiftool finds no picture in what is written, and every other tag") {
  const auto files = files_of("photos");
  if (files.empty()) return;
  if (!exiftool_present()) {
    MESSAGE("skipped: exiftool is not installed");
    return;
  }
  const Scratch scratch;
  int compared = 0;
  for (const fs::path& path : files) {
    CAPTURE(path.string());
    const Bytes file = read_file(path);
    const fs::path written = scratch.path() / path.filename();
    try {
      const Codec& codec = codec_for(file);
      const Picture picture = codec.decode(file, {});
      write_file(written, codec.encode(picture, picture.image));
    } catch (const Error&) {
      continue;
    }
    CHECK(output_of("exiftool -b -PreviewImage -JpgFromRaw -OtherImage -MPImage2 -PhotoshopThumbnail '" +
                    written.string() + "' 2>/dev/null")
              .empty());
    const auto before = tags_of(path), after = tags_of(written);
    for (const std::string& tag : before) {
      // Where the picture data lie and how they are coded belongs to them.
      constexpr const char* kOwn[] = {"AppleDataOffsets", "Interlace",       "TileOffsets", "TileByteCounts",
                                      "StripOffsets",     "StripByteCounts", "VP8Version"};
      const bool expected =
          std::any_of(std::begin(kOwn), std::end(kOwn), [&](const char* own) { return tag.find(own) != tag.npos; });
      if (!expected) CHECK_MESSAGE(after.contains(tag), tag);
    }
    ++compared;
  }
  CHECK(compared == 64);
}
