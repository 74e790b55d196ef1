#include "core/image.h"

#include <algorithm>

#include "core/error.h"

namespace wardmark {

Image::Image(int width, int height, int channels, int bits, bool alpha)
    : width_(width), height_(height), channels_(channels), bits_(bits), alpha_(alpha) {
  constexpr int kMaxSide = 1 << 24;
  const bool fits = width >= 1 && height >= 1 && width <= kMaxSide && height <= kMaxSide && channels >= 1 &&
                    channels <= 4 && (bits == 8 || bits == 16) && (!alpha || channels == 2 || channels == 4);
  if (!fits) broken_promise("image shape out of range");
  samples_.resize(samples() * static_cast<std::size_t>(bits / 8));
}

void feed_rows(const Image& image, RowSink& sink) {
  constexpr int kRows = 16;
  const std::size_t stride = image.shape().row_bytes();
  sink.begin(image.shape());
  for (int y = 0; y < image.height(); y += kRows) {
    sink.rows(image.raw().data() + static_cast<std::size_t>(y) * stride, std::min(kRows, image.height() - y));
  }
}

}  // namespace wardmark
