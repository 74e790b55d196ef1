#pragma once
#include <cstdint>
#include <vector>

#include "core/bytes.h"
#include "core/report.h"
#include "io/tiff_page.h"

namespace wardmark {

/// A smaller version of a page, to be drawn anew.
struct TiffPreview {
  TiffPage page;
  std::size_t of = 0;  ///< index of the page it shows
};

/// Bytes that are written again where they were.
struct TiffPiece {
  std::size_t at = 0;
  Bytes bytes;
};

/// A TIFF file without its picture data.
struct TiffLayout {
  bool big_endian = false;
  std::vector<TiffPage> pages;        ///< all of one shape, in file order
  std::vector<TiffPreview> previews;  ///< reduced versions in the form of a page that can be written
  std::vector<TiffPiece> kept;  ///< header, directories and tags, cleaned, by position; they touch no picture data
  std::vector<Note> notes;      ///< what is left out or drawn anew
};

/// Walks all directories. Tags come back byte for byte at the same place, so that maker notes and other offsets hold;
/// XMP is cleaned, of Photoshop resources IPTC and settings are kept; Photoshop layers, C2PA, reduced versions that
/// cannot be drawn anew, tags with a picture in them and unknown private tags of more than 2048 bytes are taken out and
/// noted. Bytes that belong to no tag are not kept. Error(image_pages) for pages of several shapes; (image_unsupported)
/// for camera raw; (metadata_preview) for a maker note with a picture; those of read_tiff_page(); (image_broken), also
/// where tags and picture data share bytes. Holds a copy of the file while it works.
TiffLayout read_tiff_layout(ByteView file, std::uint64_t max_pixels);

/// The pages alone, without a look at other tags. The same errors but for metadata.
std::vector<TiffPage> read_tiff_pages(ByteView file, std::uint64_t max_pixels);

}  // namespace wardmark
