#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

#include "core/bytes.h"

namespace wardmark {

/// What a picture is beside its samples.
struct ImageShape {
  int width = 0;
  int height = 0;
  int channels = 0;
  int bits = 8;  ///< per sample: 8 or 16
  bool alpha = false;
  std::size_t row_bytes() const {
    return static_cast<std::size_t>(width) * static_cast<std::size_t>(channels) * static_cast<std::size_t>(bits / 8);
  }
  friend bool operator==(const ImageShape&, const ImageShape&) = default;
};

/// Takes the rows of a picture in order while they are decoded, so that nobody needs to hold it.
class RowSink {
 public:
  virtual ~RowSink() = default;
  /// Once, before the first row.
  virtual void begin(const ImageShape& shape) = 0;
  /// The next `count` rows, without padding.
  virtual void rows(const std::uint8_t* samples, int count) = 0;
};

/// Pixels as stored: interleaved samples, rows top to bottom without padding, 8 or 16 bits per sample in host order.
/// A value type; a copy copies the pixels.
class Image {
 public:
  Image() = default;
  /// Samples are uninitialised. width, height in 1..2^24; channels 1..4; bits 8 or 16. With `alpha` the last channel
  /// is opacity, which no method changes (channels 2 or 4).
  Image(int width, int height, int channels, int bits, bool alpha = false);

  ImageShape shape() const { return {width_, height_, channels_, bits_, alpha_}; }
  int width() const { return width_; }
  int height() const { return height_; }
  int channels() const { return channels_; }
  int bits() const { return bits_; }
  bool alpha() const { return alpha_; }
  bool empty() const { return samples_.empty(); }
  /// Channels a method may change.
  int colour_channels() const { return channels_ - (alpha_ ? 1 : 0); }
  /// Largest sample value: 255 or 65535.
  int full_range() const { return bits_ == 16 ? 65535 : 255; }
  std::size_t row_samples() const { return static_cast<std::size_t>(width_) * static_cast<std::size_t>(channels_); }
  std::size_t samples() const { return row_samples() * static_cast<std::size_t>(height_); }

  std::span<std::uint8_t> raw() { return samples_; }
  ByteView raw() const { return samples_; }
  /// Row y as samples of type T: std::uint8_t for 8 bits, std::uint16_t for 16 bits (unchecked).
  template <class T>
  T* row(int y) {
    return reinterpret_cast<T*>(samples_.data()) + static_cast<std::size_t>(y) * row_samples();
  }
  template <class T>
  const T* row(int y) const {
    return reinterpret_cast<const T*>(samples_.data()) + static_cast<std::size_t>(y) * row_samples();
  }

  bool same_shape(const Image& other) const { return shape() == other.shape(); }
  friend bool operator==(const Image& a, const Image& b) { return a.same_shape(b) && a.samples_ == b.samples_; }

 private:
  int width_ = 0;
  int height_ = 0;
  int channels_ = 0;
  int bits_ = 8;
  bool alpha_ = false;
  Bytes samples_;
};

/// Hands a whole picture to `sink`.
void feed_rows(const Image& image, RowSink& sink);

}  // namespace wardmark
