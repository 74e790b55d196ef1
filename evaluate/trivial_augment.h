#pragma once
#include <torch/torch.h>

#include <cstdint>

namespace wardmark {

/// TrivialAugment, wide space (arXiv 2103.10158): one operation a picture, drawn uniformly, at one of 31 strengths,
/// drawn uniformly; the sign, where there is one, by a coin.
///   identity; shear x, y up to 0.99 (about the upper left corner); translate x, y up to 32 px; rotate up to 135
///   degrees; brightness, colour, contrast, sharpness by factors 1 +- 0.99; posterise 8 to 2 bits; solarise above
///   1 to 0; stretch of contrast; equalisation
/// Ranges as in torchvision's TrivialAugmentWide, but geometric operations are bilinear; outside is black. Every
/// operation runs once over all pictures that drew it.
torch::Tensor trivial_augment(const torch::Tensor& x, torch::Generator& random);

/// The operations in the order of their numbers.
enum class TrivialOperation : std::int64_t {
  identity,
  shear_x,
  shear_y,
  translate_x,
  translate_y,
  rotate,
  brightness,
  colour,
  contrast,
  sharpness,
  posterize,
  solarize,
  auto_contrast,
  equalize
};
inline constexpr std::int64_t kTrivialOperations = 14;
inline constexpr std::int64_t kTrivialStrengths = 31;

/// One operation on pictures (n, C, H, W): strength 0..30 and sign -1 or 1 for each, (n), float32.
torch::Tensor trivial_operation(TrivialOperation operation, const torch::Tensor& x, const torch::Tensor& strength,
                                const torch::Tensor& sign);

}  // namespace wardmark
