#include "io/tiff_pixels.h"

#include <tiffio.h>

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <memory>
#include <new>
#include <string>

#include "core/error.h"

namespace wardmark {
namespace {

/// A file in memory, and what libtiff said of it last. libtiff calls these functions; none may throw.
struct Memory {
  ByteView read;         ///< when reading
  Bytes written;         ///< when writing
  std::size_t used = 0;  ///< of `written`
  std::size_t at = 0;
  bool exhausted = false;
  char complaint[160] = "";
};

int keep_complaint(TIFF*, void* data, const char*, const char* format, va_list arguments) {
  auto* memory = static_cast<Memory*>(data);
  std::vsnprintf(memory->complaint, sizeof memory->complaint, format, arguments);
  return 1;
}
int ignore_warning(TIFF*, void*, const char*, const char*, va_list) { return 1; }

tmsize_t pull(thandle_t handle, void* to, tmsize_t length) {
  auto* memory = static_cast<Memory*>(handle);
  const ByteView all = memory->read.empty() ? ByteView(memory->written).first(memory->used) : memory->read;
  if (memory->at >= all.size()) return 0;
  const std::size_t taken = std::min(static_cast<std::size_t>(length), all.size() - memory->at);
  std::memcpy(to, all.data() + memory->at, taken);
  memory->at += taken;
  return static_cast<tmsize_t>(taken);
}

tmsize_t push(thandle_t handle, void* from, tmsize_t length) {
  auto* memory = static_cast<Memory*>(handle);
  const std::size_t end = memory->at + static_cast<std::size_t>(length);
  try {
    if (end > memory->written.size()) memory->written.resize(std::max(end, memory->written.size() * 2));
  } catch (const std::bad_alloc&) {
    memory->exhausted = true;
    return 0;
  }
  std::memcpy(memory->written.data() + memory->at, from, static_cast<std::size_t>(length));
  memory->at = end;
  memory->used = std::max(memory->used, end);
  return length;
}

toff_t seek(thandle_t handle, toff_t offset, int whence) {
  auto* memory = static_cast<Memory*>(handle);
  const std::size_t size = memory->read.empty() ? memory->used : memory->read.size();
  const std::size_t base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? memory->at : size;
  memory->at = base + static_cast<std::size_t>(offset);
  return memory->at;
}

toff_t size_of(thandle_t handle) {
  const auto* memory = static_cast<const Memory*>(handle);
  return memory->read.empty() ? memory->used : memory->read.size();
}

int close(thandle_t) { return 0; }

/// libtiff reads from the file itself, and never writes there.
int map(thandle_t handle, void** base, toff_t* size) {
  auto* memory = static_cast<Memory*>(handle);
  if (memory->read.empty()) return 0;
  *base = const_cast<std::uint8_t*>(memory->read.data());
  *size = memory->read.size();
  return 1;
}
void unmap(thandle_t, void*, toff_t) {}

struct Closer {
  void operator()(TIFF* tiff) const { TIFFCleanup(tiff); }  // without writing a directory
};
using Handle = std::unique_ptr<TIFF, Closer>;

Handle open(Memory& memory, const char* mode) {
  const std::unique_ptr<TIFFOpenOptions, void (*)(TIFFOpenOptions*)> options(TIFFOpenOptionsAlloc(),
                                                                             TIFFOpenOptionsFree);
  if (!options) throw std::bad_alloc();
  TIFFOpenOptionsSetErrorHandlerExtR(options.get(), keep_complaint, &memory);
  TIFFOpenOptionsSetWarningHandlerExtR(options.get(), ignore_warning, &memory);
  Handle tiff(TIFFClientOpenExt("picture", mode, &memory, pull, push, seek, close, size_of, map, unmap, options.get()));
  return tiff;
}

/// Samples of a block in the order they are stored: rows of stored_width pixels of `channels` samples.
struct Layout {
  Layout(const TiffPage& page, const TiffBlockPlace& place)
      : sample(static_cast<std::size_t>(page.shape.bits / 8)),
        pixel(sample * static_cast<std::size_t>(page.shape.channels)),
        stored_pixel(sample * static_cast<std::size_t>(place.channels)),
        stride(stored_pixel * static_cast<std::size_t>(place.stored_width)),
        bytes(stride * static_cast<std::size_t>(place.stored_height)),
        offset(pixel * static_cast<std::size_t>(place.x) + sample * static_cast<std::size_t>(place.channel)) {}
  std::size_t sample, pixel, stored_pixel, stride, bytes;
  std::size_t offset;  ///< of the block's first sample in a row of the picture
};

/// A row of a block between its buffer and the picture's row.
void load_row(const Layout& layout, const TiffBlockPlace& place, const std::uint8_t* stored, std::uint8_t* row) {
  row += layout.offset;
  if (layout.pixel == layout.stored_pixel) {
    std::memcpy(row, stored, layout.pixel * static_cast<std::size_t>(place.width));
    return;
  }
  for (int x = 0; x < place.width; ++x, row += layout.pixel, stored += layout.sample) {
    std::memcpy(row, stored, layout.sample);
  }
}

/// Pixels of a tile beyond the picture repeat the last one, which costs least.
void store_row(const Layout& layout, const TiffBlockPlace& place, const std::uint8_t* row, std::uint8_t* stored) {
  row += layout.offset;
  std::uint8_t* const begin = stored;
  if (layout.pixel == layout.stored_pixel) {
    std::memcpy(stored, row, layout.pixel * static_cast<std::size_t>(place.width));
  } else {
    for (int x = 0; x < place.width; ++x, row += layout.pixel, stored += layout.sample) {
      std::memcpy(stored, row, layout.sample);
    }
  }
  const std::uint8_t* last = begin + layout.stored_pixel * static_cast<std::size_t>(place.width - 1);
  for (int x = place.width; x < place.stored_width; ++x) {
    std::memcpy(begin + layout.stored_pixel * static_cast<std::size_t>(x), last, layout.stored_pixel);
  }
}

/// A page as libtiff sees it, which must be what read_tiff_page() saw.
class PageDecoder {
 public:
  PageDecoder(ByteView file, const TiffPage& page) : page_(page) {
    memory_.read = file;
    tiff_ = open(memory_, "rhc");  // its directory alone, strips as they are
    if (!tiff_ || TIFFSetSubDirectory(tiff_.get(), page.directory) == 0) fail();
    const std::uint32_t blocks = page.tiled() ? TIFFNumberOfTiles(tiff_.get()) : TIFFNumberOfStrips(tiff_.get());
    if (blocks != page.offsets.size() || (TIFFIsTiled(tiff_.get()) != 0) != page.tiled()) disagree();
    if (TIFFIsCODECConfigured(page.compression) == 0) {
      throw Error(Code::image_coding, "coding " + std::to_string(page.compression) + ", which this libtiff lacks",
                  "save it with LZW, Deflate or no compression, or as PNG, first");
    }
  }

  /// The samples of a block, valid until the next call.
  const std::uint8_t* block(const TiffBlockPlace& place) {
    const Layout layout(page_, place);
    TIFF* const tiff = tiff_.get();
    if (TIFFGetStrileOffset(tiff, place.index) != page_.offsets[place.index] ||
        TIFFGetStrileByteCount(tiff, place.index) != page_.counts[place.index]) {
      disagree();
    }
    const tmsize_t whole =
        page_.tiled() ? TIFFTileSize(tiff) : TIFFVStripSize(tiff, static_cast<std::uint32_t>(place.stored_height));
    if (whole != static_cast<tmsize_t>(layout.bytes)) disagree();
    buffer_.resize(layout.bytes);
    const auto read = page_.tiled() ? TIFFReadEncodedTile : TIFFReadEncodedStrip;
    if (read(tiff, place.index, buffer_.data(), whole) != whole) fail();
    return buffer_.data();
  }

 private:
  [[noreturn]] void fail() const {
    refuse_broken_tiff(memory_.complaint[0] != 0 ? memory_.complaint : "it cannot be decoded");
  }
  [[noreturn]] static void disagree() { refuse_broken_tiff("its directory can be read in two ways"); }

  const TiffPage& page_;
  Memory memory_;
  Handle tiff_;
  Bytes buffer_;
};

void set_fields(TIFF* tiff, const TiffPage& page) {
  const ImageShape& shape = page.shape;
  TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, static_cast<std::uint32_t>(shape.width));
  TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, static_cast<std::uint32_t>(shape.height));
  TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, shape.bits);
  TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, shape.channels);
  TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, page.planar);
  TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, page.photometric);
  TIFFSetField(tiff, TIFFTAG_FILLORDER, page.fill_order);
  TIFFSetField(tiff, TIFFTAG_COMPRESSION, page.compression);
  const bool predicts = page.compression != 1 && page.compression != 32773;
  if (predicts) TIFFSetField(tiff, TIFFTAG_PREDICTOR, page.predictor);
  if (page.tiled()) {
    TIFFSetField(tiff, TIFFTAG_TILEWIDTH, page.tile_width);
    TIFFSetField(tiff, TIFFTAG_TILELENGTH, page.tile_height);
  } else {
    TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, page.rows_per_strip);
  }
}

}  // namespace

void decode_tiff_page(ByteView file, const TiffPage& page, Image& image, int first_row) {
  PageDecoder decoder(file, page);
  const std::size_t row_bytes = image.shape().row_bytes();
  for (const TiffBlockPlace& place : block_places(page)) {
    const Layout layout(page, place);
    const std::uint8_t* stored = decoder.block(place);
    std::uint8_t* row = image.raw().data() + row_bytes * static_cast<std::size_t>(first_row + place.y);
    for (int y = 0; y < place.height; ++y, row += row_bytes, stored += layout.stride) {
      load_row(layout, place, stored, row);
    }
  }
}

void decode_tiff_page_rows(ByteView file, const TiffPage& page, RowSink& sink) {
  const ImageShape& shape = page.shape;
  if (page.planar == 2) {  // a row's samples lie far apart
    Image whole(shape.width, shape.height, shape.channels, shape.bits, shape.alpha);
    decode_tiff_page(file, page, whole, 0);
    sink.rows(whole.raw().data(), shape.height);
    return;
  }
  PageDecoder decoder(file, page);
  Bytes band;
  for (const TiffBlockPlace& place : block_places(page)) {
    const Layout layout(page, place);
    const std::uint8_t* stored = decoder.block(place);
    if (place.stored_width == shape.width) {
      sink.rows(stored, place.height);
      continue;
    }
    band.resize(shape.row_bytes() * static_cast<std::size_t>(place.stored_height));
    for (int y = 0; y < place.height; ++y) {
      load_row(layout, place, stored + layout.stride * static_cast<std::size_t>(y),
               band.data() + shape.row_bytes() * static_cast<std::size_t>(y));
    }
    if (place.x + place.width == shape.width) sink.rows(band.data(), place.height);
  }
}

TiffData encode_tiff_page(const TiffPage& page, bool big_endian, const Image& image, int first_row) {
  Memory memory;
  const std::size_t row_bytes = page.shape.row_bytes();
  const std::size_t all = row_bytes * static_cast<std::size_t>(page.shape.height);
  memory.written.resize(all + all / 16 + 4096);
  const bool wide = all > (std::size_t{1} << 31);
  const char* mode = big_endian ? (wide ? "wb8" : "wb") : (wide ? "wl8" : "wl");
  const Handle tiff = open(memory, mode);
  if (!tiff) throw std::bad_alloc();
  set_fields(tiff.get(), page);
  TiffData data;
  Bytes buffer;
  for (const TiffBlockPlace& place : block_places(page)) {
    const Layout layout(page, place);
    buffer.resize(layout.bytes);
    const std::uint8_t* row = image.raw().data() + row_bytes * static_cast<std::size_t>(first_row + place.y);
    for (int y = 0; y < place.stored_height; ++y) {
      store_row(layout, place, row, buffer.data() + layout.stride * static_cast<std::size_t>(y));
      if (y + 1 < place.height) row += row_bytes;
    }
    const auto write = page.tiled() ? TIFFWriteEncodedTile : TIFFWriteEncodedStrip;
    const auto bytes = static_cast<tmsize_t>(layout.bytes);
    if (write(tiff.get(), place.index, buffer.data(), bytes) != bytes || TIFFFlushData(tiff.get()) == 0) {
      if (memory.exhausted) throw std::bad_alloc();
      broken_promise(std::string("encode_tiff_page(): ") + memory.complaint);
    }
    data.blocks.emplace_back(static_cast<std::size_t>(TIFFGetStrileOffset(tiff.get(), place.index)),
                             static_cast<std::size_t>(TIFFGetStrileByteCount(tiff.get(), place.index)));
  }
  memory.written.resize(memory.used);
  data.bytes = std::move(memory.written);
  return data;
}

}  // namespace wardmark
