#pragma once
#include <string>
#include <utility>
#include <vector>

#include "core/bytes.h"
#include "core/image.h"

namespace wardmark::tests {

/// How sample_tiff() writes, by libtiff itself and independently of the codec under test.
struct TiffRecipe {
  int compression = 1;
  int predictor = 1;
  bool big_endian = false, big_tiff = false, planar = false, white_is_zero = false;
  int rows_per_strip = 16;
  int tile = 0;          ///< side of tiles; 0: strips
  int extra_sample = 2;  ///< meaning of the last of 2 or 4 channels
  int orientation = 1;
  bool preview = false;      ///< a page of half the size behind each
  bool sub_preview = false;  ///< a smaller version as a sub-image of each page
  int sample_format = 1;
  std::vector<std::pair<int, Bytes>>
      blobs;  ///< tags of type UNDEFINED: ICC 34675, IPTC 33723, XMP 700, Photoshop 34377
};

/// Pages of one file, or the reduced versions if a recipe asks for them.
Bytes sample_tiff(const std::vector<Image>& pages, const TiffRecipe& recipe = {});

/// What libtiff reads of page `page` (reduced ones counted): samples in order, with what it takes to compare.
struct TiffFacts {
  Image image;
  int pages = 0;
  int compression = 0, predictor = 0, photometric = 0, orientation = 0, resolution_unit = 0;
  float resolution = 0;
  bool tiled = false, big_endian = false, big_tiff = false;
  std::string description;
};
TiffFacts tiff_facts(ByteView file, int page = 0, int sub_image = -1);

}  // namespace wardmark::tests
