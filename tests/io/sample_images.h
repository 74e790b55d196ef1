#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/bytes.h"
#include "core/image.h"

namespace wardmark::tests {

/// A smooth picture with some texture; alpha, where there is one, varies too.
Image sample_image(int width, int height, int channels, int bits);

/// How sample_jpeg() writes, independently of the codec under test.
struct JpegRecipe {
  int luma_horizontal = 2, luma_vertical = 2;  ///< sampling factors of the first component
  bool progressive = false;
  bool rgb = false;  ///< no colour transform, Adobe marker 0
  bool cmyk = false;
  bool arithmetic = false;
  int quality = 85;
  unsigned restart_interval = 0;
  bool jfif = true;
  std::vector<std::pair<int, Bytes>> segments;  ///< marker and payload, behind JFIF
};
/// 8-bit grey or RGB `image` as JPEG.
Bytes sample_jpeg(const Image& image, const JpegRecipe& recipe = {});

/// Quantisation tables and structure of a JPEG as libjpeg sees them.
struct JpegFacts {
  std::vector<std::vector<int>> tables;  ///< by component
  std::vector<std::pair<int, int>> sampling;
  bool progressive = false;
  unsigned restart_interval = 0;
  int jfif_markers = 0, adobe_markers = 0;
};
JpegFacts jpeg_facts(ByteView file);

struct PngRecipe {
  bool interlaced = false;
  std::vector<std::pair<std::string, Bytes>> before;  ///< chunks in front of the image data
  std::vector<std::pair<std::string, Bytes>> after;
};
/// `image` as PNG.
Bytes sample_png(const Image& image, const PngRecipe& recipe = {});

/// The chunks of a PNG by name, in order, image data joined.
std::vector<std::pair<std::string, Bytes>> png_chunks(ByteView file);

/// Peak signal to noise ratio in dB of 8-bit pictures of one shape; 99 when equal.
double psnr(const Image& a, const Image& b);

}  // namespace wardmark::tests
