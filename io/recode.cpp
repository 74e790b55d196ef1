#include "io/recode.h"

#include <cstdio>
// jpeglib.h takes FILE from before it.
#include <jpeglib.h>
#include <webp/decode.h>
#include <webp/encode.h>

#include <csetjmp>
#include <cstdlib>
#include <memory>
#include <new>
#include <vector>

#include "core/error.h"

namespace wardmark {
namespace {

struct Complaint {
  jpeg_error_mgr manager;
  std::jmp_buf jump;
};

void fail(j_common_ptr common) { std::longjmp(reinterpret_cast<Complaint*>(common->err)->jump, 1); }

/// A JPEG in memory that libjpeg made.
struct Coded {
  unsigned char* bytes = nullptr;
  unsigned long size = 0;
  Coded() = default;
  Coded(const Coded&) = delete;
  Coded& operator=(const Coded&) = delete;
  ~Coded() { std::free(bytes); }
};

struct Shape {
  int height, width, channels;
  std::size_t stride() const { return static_cast<std::size_t>(width) * static_cast<std::size_t>(channels); }
};

/// The long jump ends in these two functions: no object with a destructor lives in them.
bool encode(const std::uint8_t* samples, const Shape& shape, int quality, bool subsample, Coded* out) {
  Complaint complaint;
  jpeg_compress_struct info{};
  info.err = jpeg_std_error(&complaint.manager);
  complaint.manager.error_exit = fail;
  if (setjmp(complaint.jump) != 0) {
    jpeg_destroy_compress(&info);
    return false;
  }
  jpeg_create_compress(&info);
  jpeg_mem_dest(&info, &out->bytes, &out->size);
  info.image_width = static_cast<JDIMENSION>(shape.width);
  info.image_height = static_cast<JDIMENSION>(shape.height);
  info.input_components = shape.channels;
  info.in_color_space = shape.channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
  jpeg_set_defaults(&info);
  jpeg_set_quality(&info, quality, TRUE);
  if (shape.channels == 3) info.comp_info[0].h_samp_factor = info.comp_info[0].v_samp_factor = subsample ? 2 : 1;
  jpeg_start_compress(&info, TRUE);
  while (info.next_scanline < info.image_height) {
    JSAMPROW row = const_cast<JSAMPROW>(samples) + info.next_scanline * shape.stride();
    jpeg_write_scanlines(&info, &row, 1);
  }
  jpeg_finish_compress(&info);
  jpeg_destroy_compress(&info);
  return true;
}

bool decode(const Coded& coded, const Shape& shape, std::uint8_t* samples) {
  Complaint complaint;
  jpeg_decompress_struct info{};
  info.err = jpeg_std_error(&complaint.manager);
  complaint.manager.error_exit = fail;
  if (setjmp(complaint.jump) != 0) {
    jpeg_destroy_decompress(&info);
    return false;
  }
  jpeg_create_decompress(&info);
  jpeg_mem_src(&info, coded.bytes, coded.size);
  jpeg_read_header(&info, TRUE);
  info.out_color_space = shape.channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
  jpeg_start_decompress(&info);
  while (info.output_scanline < info.output_height) {
    JSAMPROW row = samples + info.output_scanline * shape.stride();
    jpeg_read_scanlines(&info, &row, 1);
  }
  jpeg_finish_decompress(&info);
  jpeg_destroy_decompress(&info);
  return true;
}

struct WebpFree {
  void operator()(std::uint8_t* p) const { WebPFree(p); }
};

}  // namespace

void recode_jpeg(std::span<std::uint8_t> samples, int height, int width, int channels, int quality, bool subsample) {
  const Shape shape{height, width, channels};
  Coded coded;
  // Both sides are this program's own: only memory can be missing.
  if (!encode(samples.data(), shape, quality, subsample, &coded) || !decode(coded, shape, samples.data())) {
    throw std::bad_alloc();
  }
}

void recode_webp(std::span<std::uint8_t> samples, int height, int width, int channels, int quality) {
  if (height > WEBP_MAX_DIMENSION || width > WEBP_MAX_DIMENSION) broken_promise("a picture too large for WebP");
  std::vector<std::uint8_t> grey;
  const std::uint8_t* from = samples.data();
  if (channels == 1) {
    for (const std::uint8_t v : samples) grey.insert(grey.end(), 3, v);
    from = grey.data();
  }
  std::uint8_t* coded = nullptr;
  const std::size_t size = WebPEncodeRGB(from, width, height, 3 * width, static_cast<float>(quality), &coded);
  const std::unique_ptr<std::uint8_t, WebpFree> held(coded);
  if (size == 0) throw std::bad_alloc();
  std::uint8_t* const to = channels == 1 ? grey.data() : samples.data();
  const std::size_t room = static_cast<std::size_t>(height) * static_cast<std::size_t>(width) * 3;
  if (WebPDecodeRGBInto(coded, size, to, room, 3 * width) == nullptr) throw std::bad_alloc();
  if (channels == 1) {
    for (std::size_t i = 0; i < samples.size(); ++i) {
      samples[i] = static_cast<std::uint8_t>((grey[3 * i] + grey[3 * i + 1] + grey[3 * i + 2] + 1) / 3);
    }
  }
}

}  // namespace wardmark
