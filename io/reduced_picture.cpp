#include "io/reduced_picture.h"

#include <algorithm>
#include <cstdio>
#include <vector>
// jpeglib.h takes FILE from before it.
#include <jpeglib.h>

#include <csetjmp>
#include <cstdlib>
#include <new>

#include "core/error.h"

namespace wardmark {
namespace {

/// Sums of columns first: those run over whole rows, several samples an instruction.
template <class T, class Sum>
void average(const Image& image, int first_row, int rows, Image& out) {
  const auto channels = static_cast<std::size_t>(image.channels());
  const int width = out.width(), height = out.height();
  const std::size_t n = image.row_samples();
  std::vector<Sum> columns(n);
  std::vector<std::uint64_t> sums(channels);
  for (int y = 0; y < height; ++y) {
    const int top = static_cast<int>(std::int64_t{rows} * y / height);
    const int bottom = static_cast<int>(std::int64_t{rows} * (y + 1) / height);
    std::ranges::fill(columns, Sum{0});
    for (int row = top; row < bottom; ++row) {
      const T* __restrict from = image.row<T>(first_row + row);
      Sum* __restrict to = columns.data();
      for (std::size_t i = 0; i < n; ++i) to[i] += from[i];
    }
    T* to = out.row<T>(y);
    const Sum* column = columns.data();
    for (int x = 0, begin = 0; x < width; ++x) {
      const int end = static_cast<int>(std::int64_t{image.width()} * (x + 1) / width);
      const auto box = static_cast<std::uint64_t>(end - begin) * static_cast<std::uint64_t>(bottom - top);
      std::ranges::fill(sums, 0);
      for (; begin < end; ++begin) {
        for (std::size_t c = 0; c < channels; ++c) sums[c] += *column++;
      }
      for (std::size_t c = 0; c < channels; ++c) *to++ = static_cast<T>((2 * sums[c] + box) / (2 * box));
    }
  }
}

/// Grey or RGB of 8 bits.
Image plain_view(const Image& image) {
  const int channels = image.colour_channels();
  Image out(image.width(), image.height(), channels == 1 ? 1 : 3, 8);
  std::uint8_t* to = out.raw().data();
  for (int y = 0; y < image.height(); ++y) {
    for (int x = 0; x < image.width(); ++x) {
      for (int c = 0; c < out.channels(); ++c) {
        const std::size_t at =
            static_cast<std::size_t>(x) * static_cast<std::size_t>(image.channels()) + static_cast<std::size_t>(c);
        *to++ = image.bits() == 16 ? static_cast<std::uint8_t>(image.row<std::uint16_t>(y)[at] >> 8)
                                   : image.row<std::uint8_t>(y)[at];
      }
    }
  }
  return out;
}

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

/// The long jump ends here: no object with a destructor lives in it.
bool encode(const Image& image, int quality, Coded* out) {
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
  info.image_width = static_cast<JDIMENSION>(image.width());
  info.image_height = static_cast<JDIMENSION>(image.height());
  info.input_components = image.channels();
  info.in_color_space = image.channels() == 1 ? JCS_GRAYSCALE : JCS_RGB;
  jpeg_set_defaults(&info);
  jpeg_set_quality(&info, quality, TRUE);
  info.optimize_coding = TRUE;
  jpeg_start_compress(&info, TRUE);
  while (info.next_scanline < info.image_height) {
    JSAMPROW row = const_cast<JSAMPROW>(image.row<std::uint8_t>(static_cast<int>(info.next_scanline)));
    jpeg_write_scanlines(&info, &row, 1);
  }
  jpeg_finish_compress(&info);
  jpeg_destroy_compress(&info);
  return true;
}

}  // namespace

Image reduced_picture(const Image& image, int first_row, int rows, int width, int height) {
  if (width > image.width() || height > rows) broken_promise("a reduced picture larger than the whole one");
  Image out(width, height, image.channels(), image.bits(), image.alpha());
  if (image.bits() == 16) {
    average<std::uint16_t, std::uint64_t>(image, first_row, rows, out);
  } else {
    average<std::uint8_t, std::uint32_t>(image, first_row, rows, out);  // 2^24 rows of 255 are less than 2^32
  }
  return out;
}

Bytes drawn_preview(const Image& image, int width, int height, std::size_t room) {
  width = std::clamp(width, 1, image.width());
  height = std::clamp(height, 1, image.height());
  while (width > 0 && height > 0) {
    // The largest size inside the frame that has the picture's aspect.
    const auto by_width = static_cast<int>(std::int64_t{image.height()} * width / image.width());
    const int wide =
        by_width <= height ? width : static_cast<int>(std::int64_t{image.width()} * height / image.height());
    const Image small =
        plain_view(reduced_picture(image, 0, image.height(), std::max(1, wide), std::clamp(by_width, 1, height)));
    for (const int quality : {85, 70, 50, 30, 15}) {
      Coded coded;
      if (!encode(small, quality, &coded)) throw std::bad_alloc();
      if (coded.size <= room) return Bytes(coded.bytes, coded.bytes + coded.size);
    }
    width /= 2;
    height /= 2;
  }
  return {};
}

}  // namespace wardmark
