#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "core/bytes.h"
#include "core/image.h"
#include "io/tiff_directory.h"

namespace wardmark {

/// TIFF tags by number (TIFF 6.0, its supplements, and what others made of it).
namespace tiff_tag {
inline constexpr std::uint16_t subfile = 254, old_subfile = 255, width = 256, height = 257, bits = 258,
                               compression = 259, photometric = 262, fill_order = 266, strip_offsets = 273,
                               orientation = 274, samples = 277, rows_per_strip = 278, strip_counts = 279, planar = 284,
                               predictor = 317, tile_width = 322, tile_height = 323, tile_offsets = 324,
                               tile_counts = 325, sub_images = 330, extra_samples = 338, sample_format = 339,
                               jpeg_offset = 513, jpeg_length = 514, xmp = 700, iptc = 33723, photoshop = 34377,
                               exif = 34665, icc = 34675, gps = 34853, maker_note = 37500, photoshop_layers = 37724,
                               interop = 40965, private_data = 50740, dng_version = 50706, c2pa = 52545;
}  // namespace tiff_tag

/// One picture of a TIFF file and how its samples are stored.
struct TiffPage {
  std::size_t directory = 0;  ///< position
  ImageShape shape;
  std::uint16_t compression = 1, photometric = 2, fill_order = 1, planar = 1, predictor = 1;
  bool associated = false;                        ///< colours are multiplied by alpha
  std::uint32_t rows_per_strip = 0;               ///< of strips; at most the height
  std::uint32_t tile_width = 0, tile_height = 0;  ///< of tiles, else 0
  int orientation = 1;
  std::vector<std::uint64_t> offsets, counts;  ///< of strips or tiles
  bool tiled() const { return tile_width > 0; }
};

/// A strip or tile: which part of the picture it is. Rows of tiles run over the picture's edge.
struct TiffBlockPlace {
  std::uint32_t index = 0;
  int x = 0, y = 0, width = 0, height = 0;  ///< inside the picture
  int stored_width = 0, stored_height = 0;
  int channel = 0, channels = 0;  ///< of the picture; all but where planes are apart
};

/// Error(image_broken): "damaged TIFF: " and `what`.
[[noreturn]] void refuse_broken_tiff(const std::string& what);

/// What a directory says of its picture. Error(image_broken), (image_too_large: more than `max_pixels`),
/// (image_palette), (image_low_depth), (image_float), (image_colour) or (image_coding) for what is not written back.
TiffPage read_tiff_page(const TiffBlock& file, const TiffDirectory& directory, std::uint64_t max_pixels);

/// Width and height as the directory states them, {0, 0} where it does not. Never throws.
ImageShape tiff_page_size(const TiffBlock& file, const TiffDirectory& directory);

/// True for a smaller version of another page.
bool is_reduced_page(const TiffBlock& file, const TiffDirectory& directory);
/// True where a JPEG is named as EXIF names a thumbnail.
bool is_thumbnail_page(const TiffBlock& file, const TiffDirectory& directory);
/// True for a transparency mask.
bool is_mask_page(const TiffBlock& file, const TiffDirectory& directory);

/// All strips or tiles in the order of their index.
std::vector<TiffBlockPlace> block_places(const TiffPage& page);

}  // namespace wardmark
