#include "perturb/tone.h"

#include <algorithm>
#include <numeric>

namespace wardmark {
namespace {

/// One sample value to another, for all values of the depth.
std::vector<std::uint16_t> view_table(FrameTone::Span window, int full_range) {
  std::vector<std::uint16_t> table(static_cast<std::size_t>(full_range) + 1);
  const std::int64_t width = std::max(1, window.high - window.low);
  // Divisions are slow: only between the ends.
  const int first = std::clamp(window.low + 1, 0, full_range + 1);
  const int last = std::clamp(window.high, 0, full_range + 1);
  for (int v = first; v < last; ++v) {
    const std::int64_t scaled = (static_cast<std::int64_t>(v - window.low) * full_range * 2 + width) / (2 * width);
    table[static_cast<std::size_t>(v)] = static_cast<std::uint16_t>(std::min<std::int64_t>(scaled, full_range));
  }
  std::fill(table.begin() + std::max(first, last), table.end(), static_cast<std::uint16_t>(full_range));
  return table;
}

template <class T>
void look_up(const Image& image, int first, const std::vector<std::uint16_t>& table, Image& out) {
  for (int y = 0; y < out.height(); ++y) {
    const T* from = image.row<T>(first + y);
    T* to = out.row<T>(y);
    for (std::size_t i = 0; i < image.row_samples(); ++i) to[i] = static_cast<T>(table[from[i]]);
  }
}

}  // namespace

int frame_height(const Picture& picture) { return picture.image.height() / std::max(1, picture.frames); }

Image frame_view(const Picture& picture, const Image& image, int frame) {
  const FrameTone& tone = picture.tones[static_cast<std::size_t>(frame)];
  return frame_view(picture, image, frame, {tone.black, tone.white});
}

Image frame_of(const Image& image, int frames, int frame) {
  const int height = image.height() / std::max(1, frames);
  Image out(image.width(), height, image.channels(), image.bits(), image.alpha());
  const std::size_t bytes = out.raw().size();
  std::copy_n(image.raw().begin() + static_cast<std::ptrdiff_t>(bytes) * frame, bytes, out.raw().begin());
  return out;
}

Image windowed(const Image& frame, FrameTone::Span window) {
  Image out(frame.width(), frame.height(), frame.channels(), frame.bits(), frame.alpha());
  const auto table = view_table(window, frame.full_range());
  if (frame.bits() == 16)
    look_up<std::uint16_t>(frame, 0, table, out);
  else
    look_up<std::uint8_t>(frame, 0, table, out);
  return out;
}

Image frame_view(const Picture& picture, const Image& image, int frame, FrameTone::Span window) {
  const int height = frame_height(picture);
  Image out(image.width(), height, image.channels(), image.bits(), image.alpha());
  const auto table = view_table(window, image.full_range());
  if (image.bits() == 16)
    look_up<std::uint16_t>(image, frame * height, table, out);
  else
    look_up<std::uint8_t>(image, frame * height, table, out);
  return out;
}

Image view_of(const Picture& picture) {
  if (picture.tones.empty()) return picture.image;
  const Image& image = picture.image;
  Image out(image.width(), image.height(), image.channels(), image.bits(), image.alpha());
  std::size_t at = 0;
  for (int frame = 0; frame < picture.frames; ++frame) {
    const Image view = frame_view(picture, image, frame);
    std::ranges::copy(view.raw(), out.raw().begin() + static_cast<std::ptrdiff_t>(at));
    at += view.raw().size();
  }
  return out;
}

Picture middle_frame(Picture picture) {
  picture.form.reset();
  if (picture.frames <= 1) return picture;
  const int frame = picture.frames / 2;
  picture.image = frame_of(picture.image, picture.frames, frame);
  picture.frames = 1;
  if (!picture.tones.empty()) picture.tones = {picture.tones[static_cast<std::size_t>(frame)]};
  return picture;
}

ToneBounds::ToneBounds(const FrameTone& tone, int levels)
    : low(static_cast<std::size_t>(levels)), high(static_cast<std::size_t>(levels)) {
  std::iota(low.begin(), low.end(), std::uint16_t{0});
  std::iota(high.begin(), high.end(), std::uint16_t{0});
  for (const FrameTone::Span& span : tone.free) {
    for (int v = std::max(0, span.low); v <= std::min(span.high, levels - 1); ++v) {
      low[static_cast<std::size_t>(v)] = static_cast<std::uint16_t>(std::max(span.low, v - tone.most));
      high[static_cast<std::size_t>(v)] = static_cast<std::uint16_t>(std::min(span.high, v + tone.most));
    }
  }
}

}  // namespace wardmark
