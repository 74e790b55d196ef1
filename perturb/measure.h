#pragma once
#include <cstdint>
#include <limits>
#include <vector>

#include "core/image.h"

namespace wardmark {

/// How far one picture is from another; integers only, so that a record compares byte for byte.
struct Change {
  int full_range = 255;
  int max_abs = 0;            ///< stored steps
  std::uint64_t sum_sq = 0;   ///< stored steps squared, exact
  std::uint64_t samples = 0;  ///< colour samples, alpha not counted
  int ssim = 10000;           ///< units of 0.0001, luma, on the reduced picture; 10000 where not measured
  int ciede2000_p95 = 0;      ///< units of 0.01, 95th percentile, on the reduced picture; 0 where not measured

  /// Decibels; infinite where nothing changed.
  double psnr() const;
  /// SSIM below 0.97 or 95th percentile of CIEDE2000 above 3.
  bool visible() const { return ssim < 9700 || ciede2000_p95 > 300; }
  friend bool operator==(const Change&, const Change&) = default;
};

/// similarity: without CIEDE2000. nothing: for a picture that will be measured after a lossy coding; its Change says
/// nothing but its size.
enum class Measuring { full, similarity, nothing };

/// Measures a pair of pictures row by row while another loop has the rows at hand. The exact sums are taken at native
/// size; SSIM on means over square boxes of whole pixels, as small as keep the short side at 512 or less (the last
/// boxes of an axis may hold fewer pixels); CIEDE2000 on those means, averaged 2 x 2 until the short side is 256 or
/// less (an odd last row or column is left out). Grey counts as R = G = B; the samples are taken as sRGB whatever the
/// profile. Not thread-safe; one per pair. About 1.5 ms a megapixel of 8-bit RGB.
class Meter {
 public:
  /// `shape` gives size, channels and depth; its pixels are not read.
  Meter(const Image& shape, Measuring measuring);
  /// Rows from top to bottom, each once: row_samples() samples of the pictures' depth.
  void row(const std::uint8_t* before, const std::uint8_t* after);
  void row(const std::uint16_t* before, const std::uint16_t* after);
  /// The same where the row's sum of squared differences is known.
  void row(const std::uint8_t* before, const std::uint8_t* after, std::uint64_t sum_sq);
  void row(const std::uint16_t* before, const std::uint16_t* after, std::uint64_t sum_sq);
  /// After the last row.
  Change finish();

 private:
  // One of the two pictures, reduced.
  struct Reduced {
    Raw<std::uint16_t> sums8;           ///< column sums of the boxes in progress, 8-bit samples
    std::vector<std::uint32_t> sums16;  ///< likewise, 16-bit samples
    Raw<std::uint16_t> fine;            ///< box means, 0..kFineRange, interleaved colour
  };
  template <class T>
  void take_row(const T* before, const T* after, std::uint64_t sum_sq);
  void flush(Reduced& reduced);
  void similarity();
  void colour_difference();

  Change change_;
  Measuring measuring_;
  int width_ = 0, height_ = 0, channels_ = 0, colour_ = 0;
  std::size_t row_samples_ = 0;
  int box_ = 1;
  int small_width_ = 0, small_height_ = 0;
  int y_ = 0;        ///< rows taken
  int small_y_ = 0;  ///< rows of boxes finished
  int rows_in_box_ = 0;
  Reduced before_, after_;
};

/// Both of one shape (a broken promise otherwise).
Change measure(const Image& before, const Image& after, Measuring measuring = Measuring::full);

}  // namespace wardmark
