#include "sample_tiffs.h"

#include <tiffio.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>

#include "sample_images.h"

namespace wardmark::tests {

namespace {

/// A file name for libtiff, gone with the object.
struct TemporaryFile {
  TemporaryFile() {
    const int fd = mkstemp(name);
    if (fd >= 0) close(fd);
  }
  ~TemporaryFile() { std::remove(name); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  char name[32] = "/tmp/wardmark-tiff-XXXXXX";
};

void describe(TIFF* tiff, const Image& image, const TiffRecipe& recipe) {
  TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, image.width());
  TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, image.height());
  TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, image.bits());
  TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, image.channels());
  TIFFSetField(tiff, TIFFTAG_SAMPLEFORMAT, recipe.sample_format);
  TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, recipe.planar ? PLANARCONFIG_SEPARATE : PLANARCONFIG_CONTIG);
  TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC,
               image.channels() >= 3  ? PHOTOMETRIC_RGB
               : recipe.white_is_zero ? PHOTOMETRIC_MINISWHITE
                                      : PHOTOMETRIC_MINISBLACK);
  TIFFSetField(tiff, TIFFTAG_COMPRESSION, recipe.compression);
  if (recipe.predictor != 1) TIFFSetField(tiff, TIFFTAG_PREDICTOR, recipe.predictor);
  if (image.alpha()) {
    const uint16_t extra = static_cast<uint16_t>(recipe.extra_sample);
    TIFFSetField(tiff, TIFFTAG_EXTRASAMPLES, 1, &extra);
  }
  if (recipe.tile > 0) {
    TIFFSetField(tiff, TIFFTAG_TILEWIDTH, recipe.tile);
    TIFFSetField(tiff, TIFFTAG_TILELENGTH, recipe.tile);
  } else {
    TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, recipe.rows_per_strip);
  }
  TIFFSetField(tiff, TIFFTAG_ORIENTATION, recipe.orientation);
  TIFFSetField(tiff, TIFFTAG_XRESOLUTION, 118.5);
  TIFFSetField(tiff, TIFFTAG_YRESOLUTION, 118.5);
  TIFFSetField(tiff, TIFFTAG_RESOLUTIONUNIT, RESUNIT_CENTIMETER);
  TIFFSetField(tiff, TIFFTAG_IMAGEDESCRIPTION, "a picture for tests");
}

void write_samples(TIFF* tiff, const Image& image, const TiffRecipe& recipe) {
  const std::size_t sample = static_cast<std::size_t>(image.bits() / 8);
  const std::size_t pixel = sample * static_cast<std::size_t>(image.channels());
  const int planes = recipe.planar ? image.channels() : 1;
  const int side = recipe.tile > 0 ? recipe.tile : 1;
  for (int plane = 0; plane < planes; ++plane) {
    const std::size_t unit = recipe.planar ? sample : pixel;
    for (int y = 0; y < image.height(); y += side) {
      for (int x = 0; x < (recipe.tile > 0 ? image.width() : 1); x += side) {
        const int wide = recipe.tile > 0 ? side : image.width();
        Bytes block(unit * static_cast<std::size_t>(wide * side), 0);
        for (int r = 0; r < side && y + r < image.height(); ++r) {
          for (int c = 0; c < wide && x + c < image.width(); ++c) {
            const std::uint8_t* from =
                image.raw().data() + image.shape().row_bytes() * static_cast<std::size_t>(y + r) +
                pixel * static_cast<std::size_t>(x + c) + sample * static_cast<std::size_t>(plane);
            std::memcpy(block.data() + unit * static_cast<std::size_t>(r * wide + c), from, unit);
          }
        }
        if (recipe.tile > 0) {
          TIFFWriteTile(tiff, block.data(), static_cast<uint32_t>(x), static_cast<uint32_t>(y), 0,
                        static_cast<uint16_t>(plane));
        } else {
          TIFFWriteScanline(tiff, block.data(), static_cast<uint32_t>(y), static_cast<uint16_t>(plane));
        }
      }
    }
  }
}

}  // namespace

Bytes sample_tiff(const std::vector<Image>& pages, const TiffRecipe& recipe) {
  const TemporaryFile file;
  const std::string mode = std::string("w") + (recipe.big_endian ? "b" : "l") + (recipe.big_tiff ? "8" : "");
  TIFF* tiff = TIFFOpen(file.name, mode.c_str());
  for (const Image& image : pages) {
    describe(tiff, image, recipe);
    for (const auto& [tag, bytes] : recipe.blobs) {
      const auto count = static_cast<uint32_t>(bytes.size());
      TIFFSetField(tiff, static_cast<uint32_t>(tag), count, bytes.data());
    }
    const auto small = [&] {
      return sample_image(image.width() / 2, image.height() / 2, image.channels(), image.bits());
    };
    uint64_t none[1] = {0};
    if (recipe.sub_preview) TIFFSetField(tiff, TIFFTAG_SUBIFD, 1, none);
    write_samples(tiff, image, recipe);
    TIFFWriteDirectory(tiff);
    if (recipe.preview || recipe.sub_preview) {
      describe(tiff, small(), recipe);
      TIFFSetField(tiff, TIFFTAG_SUBFILETYPE, FILETYPE_REDUCEDIMAGE);
      write_samples(tiff, small(), recipe);
      TIFFWriteDirectory(tiff);
    }
  }
  TIFFClose(tiff);
  std::ifstream in(file.name, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(in)), {});
  return Bytes(text.begin(), text.end());
}

TiffFacts tiff_facts(ByteView bytes, int page, int sub_image) {
  const TemporaryFile file;
  std::ofstream(file.name, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  TIFF* tiff = TIFFOpen(file.name, "r");
  TiffFacts facts;
  if (tiff == nullptr) return facts;
  facts.pages = TIFFNumberOfDirectories(tiff);
  TIFFSetDirectory(tiff, static_cast<tdir_t>(page));
  if (sub_image >= 0) {
    uint16_t count = 0;
    uint64_t* offsets = nullptr;
    if (TIFFGetField(tiff, TIFFTAG_SUBIFD, &count, &offsets) == 0 || count <= sub_image ||
        TIFFSetSubDirectory(tiff, offsets[sub_image]) == 0) {
      TIFFClose(tiff);
      return facts;
    }
  }
  uint32_t width = 0, height = 0;
  uint16_t channels = 0, bits = 0, value = 0;
  TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &width);
  TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &height);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLESPERPIXEL, &channels);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_BITSPERSAMPLE, &bits);
  const auto number = [&](uint32_t tag) { return TIFFGetFieldDefaulted(tiff, tag, &value) != 0 ? int{value} : 0; };
  facts.compression = number(TIFFTAG_COMPRESSION);
  facts.predictor = facts.compression == 1 || facts.compression == 32773 ? 1 : number(TIFFTAG_PREDICTOR);
  facts.photometric = number(TIFFTAG_PHOTOMETRIC);
  facts.orientation = number(TIFFTAG_ORIENTATION);
  facts.resolution_unit = number(TIFFTAG_RESOLUTIONUNIT);
  TIFFGetField(tiff, TIFFTAG_XRESOLUTION, &facts.resolution);
  const char* text = nullptr;
  if (TIFFGetField(tiff, TIFFTAG_IMAGEDESCRIPTION, &text) != 0) facts.description = text;
  facts.tiled = TIFFIsTiled(tiff) != 0;
  facts.big_endian = TIFFIsBigEndian(tiff) != 0;
  facts.big_tiff = bytes[2] == 43 || bytes[3] == 43;
  const bool planar = number(TIFFTAG_PLANARCONFIG) == PLANARCONFIG_SEPARATE;
  facts.image = Image(static_cast<int>(width), static_cast<int>(height), channels, bits, channels % 2 == 0);
  const std::size_t sample = bits / 8u, pixel = sample * channels;
  const auto put = [&](const std::uint8_t* from, int x, int y, int plane, int count) {
    std::uint8_t* to = facts.image.raw().data() + facts.image.shape().row_bytes() * static_cast<std::size_t>(y) +
                       pixel * static_cast<std::size_t>(x) + sample * static_cast<std::size_t>(plane);
    const std::size_t unit = planar ? sample : pixel;
    for (int i = 0; i < count; ++i)
      std::memcpy(to + pixel * static_cast<std::size_t>(i), from + unit * static_cast<std::size_t>(i), unit);
  };
  for (int plane = 0; plane < (planar ? channels : 1); ++plane) {
    if (!facts.tiled) {
      Bytes row(static_cast<std::size_t>(TIFFScanlineSize(tiff)));
      for (uint32_t y = 0; y < height; ++y) {
        TIFFReadScanline(tiff, row.data(), y, static_cast<uint16_t>(plane));
        put(row.data(), 0, static_cast<int>(y), plane, static_cast<int>(width));
      }
      continue;
    }
    uint32_t tile_width = 0, tile_height = 0;
    TIFFGetField(tiff, TIFFTAG_TILEWIDTH, &tile_width);
    TIFFGetField(tiff, TIFFTAG_TILELENGTH, &tile_height);
    Bytes tile(static_cast<std::size_t>(TIFFTileSize(tiff)));
    for (uint32_t y = 0; y < height; y += tile_height) {
      for (uint32_t x = 0; x < width; x += tile_width) {
        TIFFReadTile(tiff, tile.data(), x, y, 0, static_cast<uint16_t>(plane));
        for (uint32_t r = 0; r < tile_height && y + r < height; ++r) {
          put(tile.data() + static_cast<std::size_t>(TIFFTileRowSize(tiff)) * r, static_cast<int>(x),
              static_cast<int>(y + r), plane, static_cast<int>(std::min(tile_width, width - x)));
        }
      }
    }
  }
  TIFFClose(tiff);
  return facts;
}

}  // namespace wardmark::tests
