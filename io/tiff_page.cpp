#include "io/tiff_page.h"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>

#include "core/error.h"

namespace wardmark {
namespace {

constexpr std::uint64_t kMostSide = 1 << 24;
constexpr std::uint64_t kMostBlocks = 1 << 22;
constexpr std::uint64_t kMostTile = 1 << 24;  ///< pixels
constexpr std::uint16_t kWhiteIsZero = 0, kBlackIsZero = 1, kRgb = 2, kPalette = 3, kMask = 4, kCmyk = 5, kYcbcr = 6;

/// Codings that give back what was put in, and how far they can expand.
struct Coding {
  std::uint16_t number;
  std::uint64_t most_inflation;  ///< 0: not known
};
constexpr std::array<Coding, 7> kCodings = {
    {{1, 1}, {5, 1366}, {8, 1032}, {32773, 64}, {32946, 1032}, {34925, 0}, {50000, 0}}};

class PageReader {
 public:
  PageReader(const TiffBlock& file, const TiffDirectory& directory, std::uint64_t max_pixels)
      : file_(file), directory_(directory), max_pixels_(max_pixels) {}

  TiffPage run() {
    page_.directory = directory_.at;
    size();
    samples();
    colours();
    coding();
    blocks();
    return std::move(page_);
  }

 private:
  const TiffEntry* find(std::uint16_t tag) const {
    const auto found = std::ranges::find(directory_.entries, tag, &TiffEntry::tag);
    return found == directory_.entries.end() ? nullptr : &*found;
  }

  std::uint64_t number(std::uint16_t tag, std::uint64_t otherwise) const {
    const TiffEntry* entry = find(tag);
    return entry == nullptr ? otherwise : file_.number(*entry).value_or(otherwise);
  }
  std::uint16_t small(std::uint16_t tag, std::uint16_t otherwise) const {
    return static_cast<std::uint16_t>(std::min<std::uint64_t>(number(tag, otherwise), 0xFFFF));
  }

  /// The one value of a tag that has one per sample; Error(image_colour) where they differ.
  std::uint64_t common(std::uint16_t tag, std::uint64_t otherwise) const {
    const TiffEntry* entry = find(tag);
    if (entry == nullptr) return otherwise;
    const std::uint64_t first = file_.number(*entry).value_or(otherwise);
    for (std::size_t i = 1; i < std::min<std::uint64_t>(entry->count, 64); ++i) {
      if (file_.number(*entry, i) == first) continue;
      throw Error(Code::image_colour, "samples of several depths", "convert it to 8-bit or 16-bit RGB first");
    }
    return first;
  }

  void size() {
    const std::uint64_t width = number(tiff_tag::width, 0), height = number(tiff_tag::height, 0);
    if (width == 0 || height == 0) refuse_broken_tiff("no pixel");
    if (width > kMostSide || height > kMostSide || width * height > max_pixels_) {
      throw Error(Code::image_too_large, std::to_string(width) + " x " + std::to_string(height) + " pixels",
                  "raise --max-pixels (now " + std::to_string(max_pixels_) + "), or scale it down first");
    }
    page_.shape.width = static_cast<int>(width);
    page_.shape.height = static_cast<int>(height);
    page_.orientation = static_cast<int>(number(tiff_tag::orientation, 1));
    if (page_.orientation < 1 || page_.orientation > 8) page_.orientation = 1;
  }

  void samples() {
    page_.photometric = small(tiff_tag::photometric, kWhiteIsZero);
    const std::uint64_t bits = common(tiff_tag::bits, 1);
    if (page_.photometric == kPalette) {
      throw Error(Code::image_palette, "palette of " + std::to_string(bits) + " bits", "convert it to 8-bit RGB first");
    }
    const std::uint64_t format = common(tiff_tag::sample_format, 1);
    if (format == 2 || format == 3 || format > 4) {
      throw Error(Code::image_float, format == 3 ? "floating-point samples" : "samples that are no plain numbers",
                  "convert it to 16-bit integers first");
    }
    if (bits < 8 || (bits > 8 && bits < 16)) {
      throw Error(Code::image_low_depth, std::to_string(bits) + " bits per sample",
                  "convert it to 8-bit or 16-bit samples first");
    }
    if (bits != 8 && bits != 16) {
      throw Error(Code::image_unsupported, std::to_string(bits) + " bits per sample",
                  "convert it to 16-bit samples first");
    }
    page_.shape.bits = static_cast<int>(bits);
  }

  void colours() {
    const std::uint64_t samples = number(tiff_tag::samples, 1);
    const bool grey = page_.photometric == kWhiteIsZero || page_.photometric == kBlackIsZero;
    if (!grey && page_.photometric != kRgb && page_.photometric != kYcbcr) {
      const char* model = page_.photometric == kCmyk ? "inks (CMYK)" : page_.photometric == kMask ? "a mask" : "";
      throw Error(Code::image_colour, *model ? model : "colour model " + std::to_string(page_.photometric),
                  "convert it to RGB first");
    }
    const std::uint64_t colours = grey ? 1 : 3;
    if (samples < colours || samples > colours + 1) {
      throw Error(Code::image_colour, std::to_string(samples) + " samples per pixel",
                  "convert it to grey or RGB with one alpha channel at most");
    }
    page_.shape.channels = static_cast<int>(samples);
    page_.shape.alpha = samples > colours;
    page_.associated = page_.shape.alpha && number(tiff_tag::extra_samples, 0) == 1;
    page_.planar = small(tiff_tag::planar, 1);
    if (samples == 1) page_.planar = 1;
    if (page_.planar != 1 && page_.planar != 2) refuse_broken_tiff("planes neither together nor apart");
  }

  void coding() {
    page_.compression = small(tiff_tag::compression, 1);
    page_.predictor = small(tiff_tag::predictor, 1);
    page_.fill_order = small(tiff_tag::fill_order, 1) == 2 ? 2 : 1;
    const auto row = std::ranges::find(kCodings, page_.compression, &Coding::number);
    const bool jpeg = page_.compression == 6 || page_.compression == 7;
    if (row == kCodings.end() || page_.photometric == kYcbcr) {
      throw Error(Code::image_coding,
                  jpeg ? std::string("JPEG coding inside a TIFF")
                       : "coding " + std::to_string(page_.compression) + " of colour model " +
                             std::to_string(page_.photometric),
                  "save it with LZW, Deflate or no compression, or as PNG, first");
    }
    if (page_.predictor != 1 && page_.predictor != 2) {
      throw Error(Code::image_coding, "predictor " + std::to_string(page_.predictor), "save it without, or as PNG");
    }
    most_inflation_ = row->most_inflation;
  }

  std::vector<std::uint64_t> numbers(std::uint16_t tag, std::uint64_t expected) const {
    const TiffEntry* entry = find(tag);
    if (entry == nullptr || entry->count != expected || !entry->inside) {
      refuse_broken_tiff("no list of its strips or tiles");
    }
    std::vector<std::uint64_t> values;
    values.reserve(static_cast<std::size_t>(expected));
    for (std::size_t i = 0; i < expected; ++i) {
      const auto value = file_.number(*entry, i);
      if (!value) refuse_broken_tiff("a list of strips that are no numbers");
      values.push_back(*value);
    }
    return values;
  }

  void blocks() {
    const auto width = static_cast<std::uint64_t>(page_.shape.width);
    const auto height = static_cast<std::uint64_t>(page_.shape.height);
    const bool tiled = find(tiff_tag::tile_width) != nullptr;
    std::uint64_t blocks = 0;
    if (tiled) {
      const std::uint64_t tile_width = number(tiff_tag::tile_width, 0), tile_height = number(tiff_tag::tile_height, 0);
      const bool sound = tile_width > 0 && tile_height > 0 && tile_width % 16 == 0 && tile_height % 16 == 0 &&
                         tile_width <= width + 8192 && tile_height <= height + 8192 &&
                         tile_width * tile_height <= std::max<std::uint64_t>(kMostTile, 4 * width * height);
      if (!sound) refuse_broken_tiff("tiles of an impossible size");
      page_.tile_width = static_cast<std::uint32_t>(tile_width);
      page_.tile_height = static_cast<std::uint32_t>(tile_height);
      blocks = ((width + tile_width - 1) / tile_width) * ((height + tile_height - 1) / tile_height);
    } else {
      const std::uint64_t rows = number(tiff_tag::rows_per_strip, std::numeric_limits<std::uint32_t>::max());
      if (rows == 0) refuse_broken_tiff("strips without rows");
      page_.rows_per_strip = static_cast<std::uint32_t>(std::min(rows, height));
      blocks = (height + page_.rows_per_strip - 1) / page_.rows_per_strip;
    }
    if (page_.planar == 2) blocks *= static_cast<std::uint64_t>(page_.shape.channels);
    if (blocks > kMostBlocks) refuse_broken_tiff(std::to_string(blocks) + " strips or tiles");
    page_.offsets = numbers(tiled ? tiff_tag::tile_offsets : tiff_tag::strip_offsets, blocks);
    page_.counts = numbers(tiled ? tiff_tag::tile_counts : tiff_tag::strip_counts, blocks);
    check_extent();
  }

  void check_extent() const {
    std::uint64_t stored = 0;
    for (std::size_t i = 0; i < page_.offsets.size(); ++i) {
      const std::uint64_t at = page_.offsets[i], count = page_.counts[i];
      if (at == 0 || count == 0) refuse_broken_tiff("a strip or tile without data");
      if (at > file_.size() || count > file_.size() - at) refuse_broken_tiff("a strip or tile behind the end");
      stored += count;
    }
    // Before memory is spent on a header that promises more than the file can hold.
    const std::uint64_t pixels = std::uint64_t{page_.shape.row_bytes()} * static_cast<unsigned>(page_.shape.height);
    if (most_inflation_ > 0 && pixels > (stored + 64) * most_inflation_) {
      refuse_broken_tiff(std::to_string(stored) + " bytes of image data are too few");
    }
  }

  const TiffBlock& file_;
  const TiffDirectory& directory_;
  std::uint64_t max_pixels_;
  std::uint64_t most_inflation_ = 0;
  TiffPage page_;
};

std::uint64_t first_number(const TiffBlock& file, const TiffDirectory& directory, std::uint16_t tag) {
  const auto found = std::ranges::find(directory.entries, tag, &TiffEntry::tag);
  return found == directory.entries.end() ? 0 : file.number(*found).value_or(0);
}

}  // namespace

void refuse_broken_tiff(const std::string& what) {
  throw Error(Code::image_broken, "damaged TIFF: " + what,
              "restore it from a copy, or open and save it with an image editor");
}

TiffPage read_tiff_page(const TiffBlock& file, const TiffDirectory& directory, std::uint64_t max_pixels) {
  return PageReader(file, directory, max_pixels).run();
}

ImageShape tiff_page_size(const TiffBlock& file, const TiffDirectory& directory) {
  const std::uint64_t width = first_number(file, directory, tiff_tag::width);
  const std::uint64_t height = first_number(file, directory, tiff_tag::height);
  if (width == 0 || height == 0 || width > INT32_MAX || height > INT32_MAX) return {};
  return {static_cast<int>(width), static_cast<int>(height), 0, 8, false};
}

bool is_reduced_page(const TiffBlock& file, const TiffDirectory& directory) {
  return (first_number(file, directory, tiff_tag::subfile) & 1) != 0 ||
         first_number(file, directory, tiff_tag::old_subfile) == 2;
}

bool is_thumbnail_page(const TiffBlock& file, const TiffDirectory& directory) {
  return first_number(file, directory, tiff_tag::jpeg_offset) != 0;
}

bool is_mask_page(const TiffBlock& file, const TiffDirectory& directory) {
  return (first_number(file, directory, tiff_tag::subfile) & 4) != 0;
}

std::vector<TiffBlockPlace> block_places(const TiffPage& page) {
  const ImageShape& shape = page.shape;
  const int wide = page.tiled() ? static_cast<int>(page.tile_width) : shape.width;
  const int high = static_cast<int>(page.tiled() ? page.tile_height : page.rows_per_strip);
  const int planes = page.planar == 2 ? shape.channels : 1;
  std::vector<TiffBlockPlace> places;
  places.reserve(page.offsets.size());
  for (int plane = 0; plane < planes; ++plane) {
    for (int y = 0; y < shape.height; y += high) {
      for (int x = 0; x < shape.width; x += wide) {
        TiffBlockPlace place;
        place.index = static_cast<std::uint32_t>(places.size());
        place.x = x;
        place.y = y;
        place.width = std::min(wide, shape.width - x);
        place.height = std::min(high, shape.height - y);
        place.stored_width = wide;
        place.stored_height = page.tiled() ? high : place.height;
        place.channel = plane;
        place.channels = planes == 1 ? shape.channels : 1;
        places.push_back(place);
      }
    }
  }
  return places;
}

}  // namespace wardmark
