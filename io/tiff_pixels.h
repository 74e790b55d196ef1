#pragma once
#include <utility>
#include <vector>

#include "core/bytes.h"
#include "core/image.h"
#include "io/tiff_page.h"

namespace wardmark {

/// Decodes the samples of `page` into the rows of `image` from `first_row` on; depth and channels as the page's.
/// Error(image_broken). Memory beside the picture: one strip or tile.
void decode_tiff_page(ByteView file, const TiffPage& page, Image& image, int first_row);

/// The same from the top down, as many rows at a time as a strip or a row of tiles has.
void decode_tiff_page_rows(ByteView file, const TiffPage& page, RowSink& sink);

/// Strips or tiles as they are stored, one behind the other.
struct TiffData {
  Bytes bytes;
  std::vector<std::pair<std::size_t, std::size_t>> blocks;  ///< position in `bytes` and length, by index
};

/// Codes the rows of `image` from `first_row` on as `page` is stored. Same input, same bytes.
TiffData encode_tiff_page(const TiffPage& page, bool big_endian, const Image& image, int first_row);

}  // namespace wardmark
