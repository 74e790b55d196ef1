#pragma once
#include <cstdint>
#include <span>
#include <string_view>

#include "core/bytes.h"
#include "core/dataset.h"
#include "core/error.h"
#include "io/portable_metadata.h"

namespace wardmark {

/// Bounds that keep a hostile file from exhausting the machine; each has a flag that raises it.
struct CodecLimits {
  std::uint64_t max_pixels = std::uint64_t{1} << 28;  ///< width x height, checked before anything is allocated
  int jpeg_quality = 0;  ///< 1 to 100: a JPEG is to be stored with libjpeg's tables for it; 0: with its own
};

/// Width and height in pixels; {0, 0} where they cannot be read.
struct Dimensions {
  int width = 0;
  int height = 0;
};

/// One file format that can be read and written back. Functions are pure and thread-safe.
struct Codec {
  std::string_view name;       ///< "png"
  std::string_view extension;  ///< ".png"
  bool (*recognises)(ByteView head);
  /// Pixels as stored (orientation not applied) and the form to store them again. Error of Kind::item otherwise.
  Picture (*decode)(ByteView file, const CodecLimits& limits);
  /// `changed` in the form of `original`: depth, channels, alpha, metadata. Same input, same bytes.
  Bytes (*encode)(const Picture& original, const Image& changed);
  /// The pixels alone, row by row as they are decoded, under the same refusals as decode() but for metadata.
  void (*decode_rows)(ByteView file, const CodecLimits& limits, RowSink& sink);
  /// From the header alone, not checked further. Never throws.
  Dimensions (*dimensions)(ByteView file);
  /// What a lossy file takes along into another format; null: it stays what it is.
  PortableMetadata (*portable)(ByteView file, int channels) = nullptr;
};

/// A format that pictures of lossy files can be written in instead of their own: `--output-format`.
struct OutputFormat {
  std::string_view name;   ///< "webp-lossless"
  std::string_view codec;  ///< name of the codec that reads it
  /// A new file. Error(image_unsupported) for what the format cannot hold.
  Bytes (*convert)(PortableMetadata carried, const Image& changed);
};

/// A format that is recognised and refused.
struct RefusedFormat {
  std::string_view name;
  bool (*recognises)(ByteView head);
  std::string_view hint;  ///< the way out
  Code code = Code::image_unsupported;
};

/// Bytes of a file that recognisers may look at.
inline constexpr std::size_t kHeadBytes = 64;

/// The only list of image formats.
std::span<const Codec> codecs();
std::span<const RefusedFormat> refused_formats();
std::span<const OutputFormat> output_formats();

/// The codec for a file by its first bytes. Error(image_empty), (image_unsupported) or (image_unknown) otherwise.
const Codec& codec_for(ByteView file);
/// The codec of that name, or null.
const Codec* find_codec(std::string_view name);
/// Width and height by the header alone, for planning; cheap; {0, 0} for files no codec knows. Never throws.
Dimensions read_dimensions(ByteView file);

}  // namespace wardmark
