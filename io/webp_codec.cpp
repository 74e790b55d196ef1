#include "io/webp_codec.h"

#include <webp/decode.h>
#include <webp/encode.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <new>
#include <string>

#include "core/error.h"
#include "io/joined_bytes.h"
#include "io/webp_metadata.h"

namespace wardmark {
namespace {

// Half the time of libwebp's default for files about 1 % larger, measured on photographs.
constexpr int kLosslessLevel = 3;
// A coding of its own follows the owner's, always at half the colour resolution; at 95 it costs the change little.
constexpr float kLossyQuality = 95;

/// How a WebP was stored, beside its pixels.
struct WebpForm : StoredForm {
  bool lossy = false;
  bool extended = false;
  Bytes header;  ///< VP8X
  WebpMetadata metadata;
};

struct Features {
  ImageShape shape;
  bool lossy = false;
};

Features read_features(ByteView file, const CodecLimits& limits) {
  WebPBitstreamFeatures found;
  if (WebPGetFeatures(file.data(), file.size(), &found) != VP8_STATUS_OK) refuse_broken_webp("an unreadable header");
  if (found.has_animation != 0) {
    throw Error(Code::image_animated, "animated WebP", "save its frames as single files first");
  }
  if (found.width <= 0 || found.height <= 0) refuse_broken_webp("no pixel");
  const std::uint64_t pixels = std::uint64_t{static_cast<unsigned>(found.width)} * static_cast<unsigned>(found.height);
  if (pixels > limits.max_pixels) {
    throw Error(Code::image_too_large, std::to_string(found.width) + " x " + std::to_string(found.height) + " pixels",
                "raise --max-pixels (now " + std::to_string(limits.max_pixels) + "), or scale it down first");
  }
  const bool alpha = found.has_alpha != 0;
  return {{found.width, found.height, alpha ? 4 : 3, 8, alpha}, found.format == 1};
}

bool is_opaque(const Image& image) {
  const ByteView samples = image.raw();
  for (std::size_t i = 3; i < samples.size(); i += 4) {
    if (samples[i] != 255) return false;
  }
  return true;
}

Image without_alpha(const Image& image) {
  Image out(image.width(), image.height(), 3, 8);
  const std::uint8_t* from = image.raw().data();
  std::uint8_t* to = out.raw().data();
  for (std::size_t i = 0; i < out.samples(); i += 3, from += 4, to += 3) std::memcpy(to, from, 3);
  return out;
}

/// The pixels. An alpha channel that is opaque everywhere is none: the coder does not write it.
Image read_pixels(ByteView file, const Features& features) {
  const ImageShape& shape = features.shape;
  Image image(shape.width, shape.height, shape.channels, 8, shape.alpha);
  const auto into = shape.alpha ? WebPDecodeRGBAInto : WebPDecodeRGBInto;
  const int stride = static_cast<int>(shape.row_bytes());
  if (into(file.data(), file.size(), image.raw().data(), image.raw().size(), stride) == nullptr) {
    refuse_broken_webp("its image data cannot be decoded");
  }
  return shape.alpha && is_opaque(image) ? without_alpha(image) : image;
}

struct Canvas {
  Canvas() {
    if (WebPPictureInit(&picture) == 0) broken_promise("libwebp of another version");
  }
  ~Canvas() { WebPPictureFree(&picture); }
  Canvas(const Canvas&) = delete;
  Canvas& operator=(const Canvas&) = delete;
  WebPPicture picture;
};

int take_bytes(const std::uint8_t* data, std::size_t size, const WebPPicture* picture) {
  try {
    append(*static_cast<Bytes*>(picture->custom_ptr), {data, size});
  } catch (const std::bad_alloc&) {
    return 0;
  }
  return 1;
}

/// A whole file of the pixels alone.
Bytes code_pixels(const Image& image, bool lossy) {
  WebPConfig config;
  if (WebPConfigInit(&config) == 0) broken_promise("libwebp of another version");
  if (lossy) {
    config.quality = kLossyQuality;
  } else if (WebPConfigLosslessPreset(&config, kLosslessLevel) == 0) {
    broken_promise("libwebp without its lossless levels");
  }
  config.exact = 1;
  Canvas canvas;
  WebPPicture& picture = canvas.picture;
  picture.use_argb = lossy ? 0 : 1;
  picture.width = image.width();
  picture.height = image.height();
  const auto import = image.alpha() ? WebPPictureImportRGBA : WebPPictureImportRGB;
  if (import(&picture, image.raw().data(), static_cast<int>(image.row_samples())) == 0) throw std::bad_alloc();
  Bytes file;
  file.reserve(image.raw().size() / 2 + 4096);
  picture.writer = take_bytes;
  picture.custom_ptr = &file;
  if (WebPEncode(&config, &picture) == 0) {
    if (picture.error_code == VP8_ENC_ERROR_OUT_OF_MEMORY ||
        picture.error_code == VP8_ENC_ERROR_BITSTREAM_OUT_OF_MEMORY || picture.error_code == VP8_ENC_ERROR_BAD_WRITE) {
      throw std::bad_alloc();
    }
    throw Error(Code::image_unsupported, "WebP cannot hold it (" + std::to_string(picture.error_code) + ")",
                "choose another --output-format");
  }
  return file;
}

void begin_file(Bytes& file) { append(file, bytes_of(std::string_view("RIFF\0\0\0\0WEBP", 12))); }

void end_file(Bytes& file) {
  const auto size = static_cast<std::uint32_t>(file.size() - 8);
  for (std::size_t i = 0; i < 4; ++i) file[4 + i] = static_cast<std::uint8_t>(size >> (8 * i));
}

/// `coded` inside the container that VP8X `header` begins.
Bytes contained(ByteView coded, Bytes header, const WebpMetadata& metadata, const Image& image) {
  constexpr std::uint8_t kOwn = WebpFlags::icc | WebpFlags::exif | WebpFlags::xmp | WebpFlags::alpha;
  header[0] = static_cast<std::uint8_t>((header[0] & ~kOwn) | metadata.flags | (image.alpha() ? WebpFlags::alpha : 0));
  Bytes file;
  file.reserve(coded.size() + (std::size_t{1} << 16));
  begin_file(file);
  put_webp_chunk(file, "VP8X", header);
  const auto put = [&](const CarriedWebpChunk& chunk) {
    Bytes data = joined(chunk.data, {});
    if (metadata.thumbnail && chunk.name == "EXIF") draw_thumbnail(data, *metadata.thumbnail, image);
    put_webp_chunk(file, chunk.name, data);
  };
  for (const CarriedWebpChunk& chunk : metadata.before) put(chunk);
  for (const WebpChunk& chunk : read_webp_layout(coded).chunks) {
    if (is_webp_picture(chunk.name)) put_webp_chunk(file, chunk.name, chunk.data);
  }
  for (const CarriedWebpChunk& chunk : metadata.after) put(chunk);
  end_file(file);
  return file;
}

}  // namespace

bool recognises_webp(ByteView head) {
  return head.size() >= 12 && std::memcmp(head.data(), "RIFF", 4) == 0 && std::memcmp(head.data() + 8, "WEBP", 4) == 0;
}

Dimensions webp_dimensions(ByteView file) {
  int width = 0, height = 0;
  if (WebPGetInfo(file.data(), file.size(), &width, &height) == 0) return {};
  return {width, height};
}

Picture decode_webp(ByteView file, const CodecLimits& limits) {
  const WebpLayout layout = read_webp_layout(file);
  const ByteView counted = file.first(layout.end);
  const Features features = read_features(counted, limits);
  auto form = std::make_shared<WebpForm>();
  form->metadata = carried_metadata(file, layout);
  form->lossy = features.lossy;
  form->extended = layout.extended;
  if (layout.extended) form->header = joined(layout.chunks.front().data, {});
  Picture picture;
  picture.image = read_pixels(counted, features);
  picture.orientation = form->metadata.orientation;
  picture.lossy = form->lossy;
  picture.notes = form->metadata.notes;
  picture.form = std::move(form);
  return picture;
}

void decode_webp_rows(ByteView file, const CodecLimits& limits, RowSink& sink) {
  const WebpLayout layout = read_webp_layout(file);
  const ByteView counted = file.first(layout.end);
  feed_rows(read_pixels(counted, read_features(counted, limits)), sink);
}

Bytes convert_to_webp(PortableMetadata carried, const Image& changed) {
  if (changed.bits() != 8) {
    throw Error(Code::image_unsupported, "16 bits per sample do not fit into WebP", "leave --output-format away");
  }
  if (changed.channels() < 3) {
    throw Error(Code::image_unsupported, "a grey picture does not stay grey in WebP", "use --output-format png");
  }
  WebpMetadata metadata;
  const auto add = [](std::vector<CarriedWebpChunk>& list, std::string_view name, Bytes data) {
    if (!data.empty()) list.push_back({std::string(name), std::move(data)});
  };
  metadata.flags = static_cast<std::uint8_t>((carried.icc.empty() ? 0 : WebpFlags::icc) |
                                             (carried.exif.empty() ? 0 : WebpFlags::exif) |
                                             (carried.xmp.empty() ? 0 : WebpFlags::xmp));
  add(metadata.before, "ICCP", std::move(carried.icc));
  add(metadata.after, "EXIF", std::move(carried.exif));
  add(metadata.after, "XMP ", std::move(carried.xmp));
  metadata.thumbnail = carried.thumbnail;
  Bytes coded = code_pixels(changed, false);
  if (metadata.flags == 0) return coded;
  Bytes header(10, 0);
  for (std::size_t i = 0; i < 3; ++i) {
    header[4 + i] = static_cast<std::uint8_t>((changed.width() - 1) >> (8 * i));
    header[7 + i] = static_cast<std::uint8_t>((changed.height() - 1) >> (8 * i));
  }
  return contained(coded, std::move(header), metadata, changed);
}

Bytes encode_webp(const Picture& original, const Image& changed) {
  const auto* form = dynamic_cast<const WebpForm*>(original.form.get());
  if (!form) broken_promise("encode_webp() of a picture that was no WebP");
  if (!changed.same_shape(original.image)) broken_promise("encode_webp() of a picture of another shape");
  Bytes coded = code_pixels(changed, form->lossy);
  return form->extended ? contained(coded, joined(form->header, {}), form->metadata, changed) : std::move(coded);
}

}  // namespace wardmark
