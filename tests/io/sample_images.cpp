#include "sample_images.h"

#include <jpeglib.h>
#include <png.h>

#include <cmath>
#include <cstdlib>
#include <cstring>

namespace wardmark::tests {

namespace {

int sample_value(int x, int y, int channel, int full) {
  const double wave = std::sin(x * 0.05 + channel) + std::cos(y * 0.07 - channel) + 0.1 * ((x * 7 + y * 13) % 11);
  return static_cast<int>((wave + 2.1) / 5.3 * full);
}

void store(png_structp png, png_bytep data, png_size_t size) {
  auto* file = static_cast<Bytes*>(png_get_io_ptr(png));
  file->insert(file->end(), data, data + size);
}
void no_flush(png_structp) {}

}  // namespace

Image sample_image(int width, int height, int channels, int bits) {
  Image image(width, height, channels, bits, channels % 2 == 0);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (int c = 0; c < channels; ++c) {
        const int at = x * channels + c;
        const int value = sample_value(x, y, c, image.full_range());
        if (bits == 16) {
          image.row<std::uint16_t>(y)[at] = static_cast<std::uint16_t>(value);
        } else {
          image.row<std::uint8_t>(y)[at] = static_cast<std::uint8_t>(value);
        }
      }
    }
  }
  return image;
}

Bytes sample_jpeg(const Image& image, const JpegRecipe& recipe) {
  jpeg_compress_struct info;
  jpeg_error_mgr errors;
  info.err = jpeg_std_error(&errors);
  jpeg_create_compress(&info);
  unsigned char* buffer = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&info, &buffer, &size);
  info.image_width = static_cast<JDIMENSION>(image.width());
  info.image_height = static_cast<JDIMENSION>(image.height());
  info.input_components = image.channels();
  info.in_color_space = image.channels() == 1 ? JCS_GRAYSCALE : image.channels() == 4 ? JCS_CMYK : JCS_RGB;
  jpeg_set_defaults(&info);
  if (recipe.rgb) jpeg_set_colorspace(&info, JCS_RGB);
  jpeg_set_quality(&info, recipe.quality, TRUE);
  info.comp_info[0].h_samp_factor = recipe.luma_horizontal;
  info.comp_info[0].v_samp_factor = recipe.luma_vertical;
  info.restart_interval = recipe.restart_interval;
  info.arith_code = recipe.arithmetic;
  if (!recipe.jfif) info.write_JFIF_header = FALSE;
  if (recipe.progressive) jpeg_simple_progression(&info);
  jpeg_start_compress(&info, TRUE);
  for (const auto& [marker, payload] : recipe.segments) {
    jpeg_write_marker(&info, marker, payload.data(), static_cast<unsigned>(payload.size()));
  }
  for (int y = 0; y < image.height(); ++y) {
    JSAMPROW row = const_cast<JSAMPROW>(image.row<std::uint8_t>(y));
    jpeg_write_scanlines(&info, &row, 1);
  }
  jpeg_finish_compress(&info);
  jpeg_destroy_compress(&info);
  Bytes file(buffer, buffer + size);
  std::free(buffer);
  return file;
}

JpegFacts jpeg_facts(ByteView file) {
  jpeg_decompress_struct info;
  jpeg_error_mgr errors;
  info.err = jpeg_std_error(&errors);
  jpeg_create_decompress(&info);
  jpeg_mem_src(&info, file.data(), file.size());
  jpeg_save_markers(&info, JPEG_APP0, 0xFFFF);
  jpeg_save_markers(&info, JPEG_APP0 + 14, 0xFFFF);
  jpeg_read_header(&info, TRUE);
  jpeg_start_decompress(&info);
  JpegFacts facts;
  facts.progressive = info.progressive_mode;
  facts.restart_interval = info.restart_interval;
  for (int i = 0; i < info.num_components; ++i) {
    const auto& values = info.comp_info[i].quant_table->quantval;
    facts.tables.emplace_back(std::begin(values), std::end(values));
    facts.sampling.emplace_back(info.comp_info[i].h_samp_factor, info.comp_info[i].v_samp_factor);
  }
  for (auto* marker = info.marker_list; marker; marker = marker->next) {
    ++(marker->marker == JPEG_APP0 ? facts.jfif_markers : facts.adobe_markers);
  }
  jpeg_destroy_decompress(&info);
  return facts;
}

Bytes sample_png(const Image& image, const PngRecipe& recipe) {
  constexpr int kColourTypes[] = {0, PNG_COLOR_TYPE_GRAY, PNG_COLOR_TYPE_GRAY_ALPHA, PNG_COLOR_TYPE_RGB,
                                  PNG_COLOR_TYPE_RGB_ALPHA};
  Bytes file;
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(png);
  png_set_write_fn(png, &file, store, no_flush);
  png_set_IHDR(png, info, static_cast<png_uint_32>(image.width()), static_cast<png_uint_32>(image.height()),
               image.bits(), kColourTypes[image.channels()],
               recipe.interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE, 0, 0);
  png_write_info(png, info);
  const auto write = [png](const std::vector<std::pair<std::string, Bytes>>& chunks) {
    for (const auto& [name, data] : chunks) {
      png_write_chunk(png, reinterpret_cast<png_const_bytep>(name.c_str()), data.data(), data.size());
    }
  };
  write(recipe.before);
  png_set_swap(png);
  const int passes = png_set_interlace_handling(png);
  for (int pass = 0; pass < passes; ++pass) {
    for (int y = 0; y < image.height(); ++y)
      png_write_row(png, image.row<std::uint8_t>(0) + image.raw().size() / image.height() * y);
  }
  write(recipe.after);
  png_write_end(png, nullptr);
  png_destroy_write_struct(&png, &info);
  return file;
}

std::vector<std::pair<std::string, Bytes>> png_chunks(ByteView file) {
  std::vector<std::pair<std::string, Bytes>> chunks;
  for (std::size_t at = 8; at + 12 <= file.size();) {
    const std::size_t length = std::size_t{file[at]} << 24 | file[at + 1] << 16 | file[at + 2] << 8 | file[at + 3];
    const std::string name(text_of(file.subspan(at + 4, 4)));
    const ByteView data = file.subspan(at + 8, length);
    if (name != "IDAT" || chunks.empty() || chunks.back().first != "IDAT") chunks.emplace_back(name, Bytes());
    chunks.back().second.insert(chunks.back().second.end(), data.begin(), data.end());
    at += 12 + length;
  }
  return chunks;
}

double psnr(const Image& a, const Image& b) {
  double sum = 0;
  const ByteView left = a.raw(), right = b.raw();
  for (std::size_t i = 0; i < left.size(); ++i) sum += (left[i] - right[i]) * (left[i] - right[i]);
  return sum == 0 ? 99.0 : 10 * std::log10(255.0 * 255.0 * static_cast<double>(left.size()) / sum);
}

}  // namespace wardmark::tests
