#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace wardmark {

/// A picture before and after as seen through one window.
struct WindowFigures {
  double low = 0.0;  ///< physical value shown as black, of the first frame
  double high = 0.0;
  double psnr = 0.0;  ///< dB against the width of the window, values outside it at its ends; infinite: no change
  std::int32_t ssim = 10000;  ///< x 1e-4
  friend bool operator==(const WindowFigures&, const WindowFigures&) = default;
};

/// What a change does to a picture as its readers judge it. Of several frames maxima, PSNR and SSIM are those of the
/// worst, means and noise those of all. Values with a fraction hold six digits, so that records compare byte for byte.
struct Clinical {
  std::string series;  ///< identifier of the series, or what else is judged together
  std::string unit;    ///< of physical values, "HU", or empty where it is not known
  std::int64_t max_steps = 0;
  double rms_steps = 0.0;
  double max_physical = 0.0;
  double rms_physical = 0.0;
  double mean_shift = 0.0;             ///< mean after minus mean before, physical, over all samples
  WindowFigures full;                  ///< from the lowest to the highest value of each frame before
  std::vector<WindowFigures> windows;  ///< that of the series, then the picture's others
  std::optional<double> noise_ratio;   ///< noise after by noise before; absent where there was none
  friend bool operator==(const Clinical&, const Clinical&) = default;
};

/// Figures of a series: every one taken for itself over its pictures.
struct ClinicalSummary {
  std::size_t pictures = 0;
  Clinical worst;   ///< of noise the one farthest from 1
  Clinical median;  ///< of an even number the better of the two in the middle
};
/// Pictures of one series, at least one. Of windows the first is taken; the full range is that of all pictures.
ClinicalSummary summarise(std::span<const Clinical* const> pictures);

/// A value to six significant digits.
double six_digits(double value);

}  // namespace wardmark
