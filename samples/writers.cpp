#include "samples/writers.h"

#include <cerrno>
#include <csetjmp>
#include <cstdio>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>

// jpeglib.h needs <cstdio> before it.
#include <jpeglib.h>
#include <png.h>

namespace wardmark::samples {
namespace {

[[noreturn]] void fail(const std::filesystem::path& path, const std::string& why) {
  throw std::runtime_error(path.string() + ": " + why);
}

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, Close>;

File open(const std::filesystem::path& path) {
  File file(std::fopen(path.c_str(), "wb"));
  if (!file) fail(path, std::string("cannot be written: ") + std::strerror(errno));
  return file;
}

void close(File file, const std::filesystem::path& path) {
  if (std::fclose(file.release()) != 0) fail(path, std::string("cannot be written: ") + std::strerror(errno));
}

/// Rows as both libraries want them: bytes, 16-bit samples with the high byte first.
std::vector<std::uint8_t> packed(const Raster& raster) {
  std::vector<std::uint8_t> bytes;
  bytes.reserve(raster.v.size() * static_cast<std::size_t>(raster.bits / 8));
  for (const std::uint16_t sample : raster.v) {
    if (raster.bits == 16) bytes.push_back(static_cast<std::uint8_t>(sample >> 8));
    bytes.push_back(static_cast<std::uint8_t>(sample & 0xffu));
  }
  return bytes;
}

// libpng and libjpeg report errors by longjmp, so these two hold nothing that needs a destructor.
bool png_to(std::FILE* file, const Raster& raster, std::uint8_t* bytes) {
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  if (png == nullptr) return false;
  png_infop info = png_create_info_struct(png);
  if (info == nullptr || setjmp(png_jmpbuf(png)) != 0) {
    png_destroy_write_struct(&png, &info);
    return false;
  }
  png_init_io(png, file);
  png_set_IHDR(png, info, static_cast<png_uint_32>(raster.width), static_cast<png_uint_32>(raster.height), raster.bits,
               raster.channels == 3 ? PNG_COLOR_TYPE_RGB : PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_NONE,
               PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  png_set_compression_level(png, 4);
  png_write_info(png, info);
  const std::size_t row = static_cast<std::size_t>(raster.width) * static_cast<std::size_t>(raster.channels) *
                          static_cast<std::size_t>(raster.bits / 8);
  for (int y = 0; y < raster.height; ++y) png_write_row(png, bytes + static_cast<std::size_t>(y) * row);
  png_write_end(png, nullptr);
  png_destroy_write_struct(&png, &info);
  return true;
}

struct JpegErrors {
  jpeg_error_mgr manager;
  std::jmp_buf back;
};

void jump_back(j_common_ptr state) { std::longjmp(reinterpret_cast<JpegErrors*>(state->err)->back, 1); }

bool jpeg_to(std::FILE* file, const Raster& raster, std::uint8_t* bytes) {
  jpeg_compress_struct jpeg = {};
  JpegErrors errors;
  jpeg.err = jpeg_std_error(&errors.manager);
  errors.manager.error_exit = jump_back;
  if (setjmp(errors.back) != 0) {
    jpeg_destroy_compress(&jpeg);
    return false;
  }
  jpeg_create_compress(&jpeg);
  jpeg_stdio_dest(&jpeg, file);
  jpeg.image_width = static_cast<JDIMENSION>(raster.width);
  jpeg.image_height = static_cast<JDIMENSION>(raster.height);
  jpeg.input_components = raster.channels;
  jpeg.in_color_space = raster.channels == 3 ? JCS_RGB : JCS_GRAYSCALE;
  jpeg_set_defaults(&jpeg);
  jpeg_set_quality(&jpeg, 95, TRUE);
  jpeg.dct_method = JDCT_ISLOW;
  jpeg.comp_info[0].h_samp_factor = 1;
  jpeg.comp_info[0].v_samp_factor = 1;
  jpeg_start_compress(&jpeg, TRUE);
  const std::size_t row = static_cast<std::size_t>(raster.width) * static_cast<std::size_t>(raster.channels);
  while (jpeg.next_scanline < jpeg.image_height) {
    JSAMPROW line = bytes + jpeg.next_scanline * row;
    jpeg_write_scanlines(&jpeg, &line, 1);
  }
  jpeg_finish_compress(&jpeg);
  jpeg_destroy_compress(&jpeg);
  return true;
}

}  // namespace

void write_png(const std::filesystem::path& path, const Raster& raster) {
  File file = open(path);
  std::vector<std::uint8_t> bytes = packed(raster);
  if (!png_to(file.get(), raster, bytes.data())) fail(path, "cannot be written as PNG");
  close(std::move(file), path);
}

void write_jpeg(const std::filesystem::path& path, const Raster& raster) {
  if (raster.bits != 8) fail(path, "a JPEG file of more than 8 bits");
  File file = open(path);
  std::vector<std::uint8_t> bytes = packed(raster);
  if (!jpeg_to(file.get(), raster, bytes.data())) fail(path, "cannot be written as JPEG");
  close(std::move(file), path);
}

}  // namespace wardmark::samples
