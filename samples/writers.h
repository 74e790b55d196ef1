#pragma once
#include <cstdint>
#include <filesystem>
#include <vector>

namespace wardmark::samples {

/// Stored samples: 8 or 16 bits, one or three channels, interleaved, rows top to bottom.
struct Raster {
  int width = 0;
  int height = 0;
  int channels = 1;
  int bits = 8;
  std::vector<std::uint16_t> v;
};

/// Writes a PNG file; std::runtime_error with the path and the reason.
void write_png(const std::filesystem::path& path, const Raster& raster);
/// Writes a JPEG file of quality 95 without chroma subsampling; 8 bits only. std::runtime_error with path and reason.
void write_jpeg(const std::filesystem::path& path, const Raster& raster);

}  // namespace wardmark::samples
