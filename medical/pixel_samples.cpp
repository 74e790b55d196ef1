#include "medical/pixel_samples.h"

#include <algorithm>

namespace wardmark {
namespace {

/// Place of sample c of pixel i.
std::size_t place(const PixelFormat& f, std::size_t i, std::size_t c) {
  return f.planar == 1 && f.samples == 3 ? c * f.pixels_per_frame() + i : i * static_cast<std::size_t>(f.samples) + c;
}

template <class T>
void unpack_plain(const T* raw, const PixelFormat& f, Image& out, int first) {
  const auto samples = static_cast<std::size_t>(f.samples);
  const unsigned mask = static_cast<unsigned>(f.levels() - 1);
  const unsigned sign = f.is_signed ? 1u << (f.stored - 1) : 0u;
  const int shift = f.shift();
  T* const to = out.row<T>(first);
  const std::size_t pixels = f.pixels_per_frame();
  if (samples == 1) {
    for (std::size_t i = 0; i < pixels; ++i) to[i] = static_cast<T>(((raw[i] >> shift) & mask) ^ sign);
    return;
  }
  for (std::size_t i = 0; i < pixels; ++i) {
    for (std::size_t c = 0; c < samples; ++c) to[i * samples + c] = raw[place(f, i, c)];
  }
}

/// YCbCr of full range to RGB (PS3.3 C.7.6.3.1.2) in 16.16 fixed point.
void rgb_of(int y, int cb, int cr, std::uint8_t* rgb) {
  const auto clip = [](int v) { return static_cast<std::uint8_t>(std::clamp(v, 0, 255)); };
  cb -= 128;
  cr -= 128;
  rgb[0] = clip(y + ((91881 * cr + 32768) >> 16));
  rgb[1] = clip(y + ((-22554 * cb - 46802 * cr + 32768) >> 16));
  rgb[2] = clip(y + ((116130 * cb + 32768) >> 16));
}

void unpack_ybr(const std::uint8_t* raw, const PixelFormat& f, Image& out, int first) {
  std::uint8_t* const to = out.row<std::uint8_t>(first);
  const std::size_t pixels = f.pixels_per_frame();
  for (std::size_t i = 0; i < pixels; ++i) {
    if (f.photometric == Photometric::ybr_full_422) {
      const std::uint8_t* pair = raw + i / 2 * 4;  // Y Y Cb Cr
      rgb_of(pair[i % 2], pair[2], pair[3], to + 3 * i);
    } else {
      rgb_of(raw[place(f, i, 0)], raw[place(f, i, 1)], raw[place(f, i, 2)], to + 3 * i);
    }
  }
}

/// Bits above the stored ones, where these begin at bit 0.
unsigned bits_above(const PixelFormat& f) { return ((1u << f.allocated) - 1) & ~static_cast<unsigned>(f.levels() - 1); }

/// True when every word of a signed frame carries its sign on into the bits above.
template <class T>
bool sign_carried(const T* raw, const PixelFormat& f) {
  if (!f.is_signed || f.shift() != 0 || f.stored == f.allocated) return false;
  const unsigned above = bits_above(f);
  const unsigned sign = 1u << (f.stored - 1);
  const std::size_t n = f.pixels_per_frame() * static_cast<std::size_t>(f.samples);
  return std::all_of(raw, raw + n, [&](T word) { return (word & above) == ((word & sign) != 0 ? above : 0u); });
}

/// The image sample of a raw word.
template <class T>
unsigned sample_of(T raw, const PixelFormat& f) {
  const unsigned sign = f.is_signed ? 1u << (f.stored - 1) : 0u;
  return ((static_cast<unsigned>(raw) >> f.shift()) & static_cast<unsigned>(f.levels() - 1)) ^ sign;
}

/// One raw word with another stored value.
template <class T>
T with_value(T raw, unsigned sample, const PixelFormat& f, bool carry) {
  const unsigned mask = static_cast<unsigned>(f.levels() - 1);
  const unsigned sign = f.is_signed ? 1u << (f.stored - 1) : 0u;
  const unsigned bits = (sample ^ sign) & mask;
  if (carry) return static_cast<T>(bits | ((bits & sign) != 0 ? bits_above(f) : 0u));
  return static_cast<T>((raw & ~(mask << f.shift())) | bits << f.shift());
}

template <class T>
void pack_plain(T* raw, const PixelFormat& f, const Image& changed, int first, bool carry) {
  const auto samples = static_cast<std::size_t>(f.samples);
  const std::size_t pixels = f.pixels_per_frame();
  const T* const after = changed.row<T>(first);
  if (samples > 1) {
    for (std::size_t i = 0; i < pixels; ++i) {
      for (std::size_t c = 0; c < samples; ++c) raw[place(f, i, c)] = after[i * samples + c];
    }
    return;
  }
  for (std::size_t i = 0; i < pixels; ++i) {
    if (sample_of(raw[i], f) != after[i]) raw[i] = with_value(raw[i], after[i], f, carry);
  }
}

template <class T>
bool clear_beside(const T* raw, const PixelFormat& f) {
  const unsigned beside = ((1u << f.allocated) - 1) & ~(static_cast<unsigned>(f.levels() - 1) << f.shift());
  return std::all_of(raw, raw + f.pixels_per_frame(), [&](T word) { return (word & beside) == 0; });
}

}  // namespace

void unpack_frame(const std::uint8_t* raw, const PixelFormat& format, Image& out, int first) {
  if (format.photometric == Photometric::ybr_full || format.photometric == Photometric::ybr_full_422) {
    unpack_ybr(raw, format, out, first);
  } else if (format.allocated == 16) {
    unpack_plain(reinterpret_cast<const std::uint16_t*>(raw), format, out, first);
  } else {
    unpack_plain(raw, format, out, first);
  }
}

void pack_frame(std::uint8_t* raw, const PixelFormat& format, const Image& changed, int first, bool carry) {
  if (format.allocated == 16)
    pack_plain(reinterpret_cast<std::uint16_t*>(raw), format, changed, first, carry);
  else
    pack_plain(raw, format, changed, first, carry);
}

bool carries_sign(const std::uint8_t* raw, const PixelFormat& format) {
  return format.allocated == 16 ? sign_carried(reinterpret_cast<const std::uint16_t*>(raw), format)
                                : sign_carried(raw, format);
}

bool spare_bits_clear(const std::uint8_t* raw, const PixelFormat& format) {
  return format.allocated == 16 ? clear_beside(reinterpret_cast<const std::uint16_t*>(raw), format)
                                : clear_beside(raw, format);
}

}  // namespace wardmark
