#include "io/codec.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>

#include "core/error.h"
#include "io/bmp_codec.h"
#include "io/jpeg_codec.h"
#include "io/png_codec.h"
#include "io/png_conversion.h"
#include "io/tiff_codec.h"
#include "io/webp_codec.h"

namespace wardmark {

namespace {

using namespace std::string_view_literals;

bool has(ByteView head, std::size_t at, std::string_view bytes) {
  return head.size() >= at + bytes.size() && std::memcmp(head.data() + at, bytes.data(), bytes.size()) == 0;
}

bool is_apng(ByteView head) { return recognises_png(head) && has(head, 37, "acTL"); }
bool is_mng(ByteView head) { return has(head, 0, "\x8aMNG\r\n\x1a\n") || has(head, 0, "\x8bJNG\r\n\x1a\n"); }

bool is_camera_raw(ByteView head) {
  // Its first directory stands behind a longer header; pixels of an ordinary TIFF may begin with these letters.
  const bool canon = has(head, 0, "II*\0\x10\0\0\0CR\2"sv);
  const bool olympus = has(head, 0, "IIRO") || has(head, 0, "IIRS") || has(head, 0, "MMOR");
  return canon || olympus || has(head, 0, "IIU\0"sv) || has(head, 0, "FUJIFILMCCD-RAW") || has(head, 0, "\0MRM"sv) ||
         has(head, 0, "FOVb") || has(head, 4, "ftypcrx");
}
bool is_gif(ByteView head) { return has(head, 0, "GIF8"); }
bool is_heif(ByteView head) {
  constexpr std::array<std::string_view, 12> kBrands = {"avif", "avis", "heic", "heix", "heim", "heis",
                                                        "hevc", "hevx", "mif1", "mif2", "msf1", "jpgs"};
  return has(head, 4, "ftyp") &&
         std::any_of(kBrands.begin(), kBrands.end(), [head](std::string_view brand) { return has(head, 8, brand); });
}
bool is_jpeg2000(ByteView head) { return has(head, 0, "\0\0\0\x0cjP  \r\n"sv) || has(head, 0, "\xff\x4f\xff\x51"); }
bool is_jpegxl(ByteView head) { return has(head, 0, "\xff\x0a") || has(head, 0, "\0\0\0\x0cJXL \r\n"sv); }
bool is_jpegxr(ByteView head) { return has(head, 0, "II\xbc\x01") || has(head, 0, "II\xbc\0"sv); }
bool is_psd(ByteView head) { return has(head, 0, "8BPS"); }

bool is_icon(ByteView head) {
  return (has(head, 0, "\0\0\1\0"sv) || has(head, 0, "\0\0\2\0"sv)) && head.size() >= 10 && head[4] != 0 &&
         head[5] == 0 && head[9] == 0;
}
bool is_portable_anymap(ByteView head) {
  return head.size() >= 3 && head[0] == 'P' && head[1] >= '1' && head[1] <= '7' &&
         (head[2] == '\n' || head[2] == ' ' || head[2] == '\r' || head[2] == '\t');
}
bool is_float_image(ByteView head) { return has(head, 0, "\x76\x2f\x31\x01") || has(head, 0, "#?RADIANCE"); }

constexpr std::string_view kConvert = "convert it to PNG first";
constexpr std::string_view kDevelop =
    "develop it and export PNG or JPEG; the raw file holds the clean picture and stays private";

constexpr std::array<Codec, 5> kCodecs = {{
    {"png", ".png", recognises_png, decode_png, encode_png, decode_png_rows, png_dimensions},
    {"jpeg", ".jpg", recognises_jpeg, decode_jpeg, encode_jpeg, decode_jpeg_rows, jpeg_dimensions,
     portable_metadata_of_jpeg},
    {"webp", ".webp", recognises_webp, decode_webp, encode_webp, decode_webp_rows, webp_dimensions,
     portable_metadata_of_webp},
    {"tiff", ".tif", recognises_tiff, decode_tiff, encode_tiff, decode_tiff_rows, tiff_dimensions},
    {"bmp", ".bmp", recognises_bmp, decode_bmp, encode_bmp, decode_bmp_rows, bmp_dimensions},
}};

constexpr std::array<OutputFormat, 2> kOutputs = {{
    {"png", "png", convert_to_png},
    {"webp-lossless", "webp", convert_to_webp},
}};

constexpr std::array<RefusedFormat, 12> kRefused = {{
    {"animated PNG", is_apng, "save its frames as single PNG files first", Code::image_animated},
    {"MNG or JNG", is_mng, kConvert},
    {"camera raw", is_camera_raw, kDevelop},
    {"GIF", is_gif, "convert it to PNG with 8-bit RGB first, an animation to one PNG per frame"},
    {"AVIF or HEIC", is_heif, kConvert},
    {"JPEG 2000", is_jpeg2000, kConvert},
    {"JPEG XL", is_jpegxl, kConvert},
    {"JPEG XR", is_jpegxr, kConvert},
    {"Photoshop document", is_psd, "export its flattened picture as PNG first"},
    {"icon or cursor", is_icon, kConvert},
    {"PNM", is_portable_anymap, kConvert},
    {"floating-point image (EXR, HDR)", is_float_image, "convert it to a 16-bit PNG first"},
}};

}  // namespace

std::span<const Codec> codecs() { return kCodecs; }

std::span<const RefusedFormat> refused_formats() { return kRefused; }

std::span<const OutputFormat> output_formats() { return kOutputs; }

const Codec& codec_for(ByteView file) {
  if (file.empty()) throw Error(Code::image_empty, "no byte in the file", "remove it, or restore it from a copy");
  const ByteView head = file.first(std::min(file.size(), kHeadBytes));
  for (const RefusedFormat& format : refused_formats()) {
    if (!format.recognises(head)) continue;
    const bool animated = format.code == Code::image_animated;
    const std::string what =
        animated ? std::string(format.name) : std::string(format.name) + " cannot be written back yet";
    throw Error(format.code, what, std::string(format.hint));
  }
  for (const Codec& codec : codecs()) {
    if (codec.recognises(head)) return codec;
  }
  throw Error(Code::image_unknown, "the first bytes are of no known image format",
              "check that the file is an image, or leave it out");
}

const Codec* find_codec(std::string_view name) {
  const auto all = codecs();
  const auto found = std::find_if(all.begin(), all.end(), [name](const Codec& codec) { return codec.name == name; });
  return found == all.end() ? nullptr : &*found;
}

Dimensions read_dimensions(ByteView file) {
  const ByteView head = file.first(std::min(file.size(), kHeadBytes));
  for (const Codec& codec : codecs()) {
    if (codec.recognises(head)) return codec.dimensions(file);
  }
  return {};
}

}  // namespace wardmark
