#pragma once
#include <torch/torch.h>

#include <span>
#include <string_view>

namespace wardmark {

/// Something that happens to published pictures, as a step inside a fit: noise that is lowered through it outlasts it.
struct LoopTransform {
  std::string_view name;
  std::string_view summary;  ///< one line
  /// Pictures (B, C, H, W), float32, 0..1, to pictures of the same shape; differentiable. One draw for the whole batch.
  torch::Tensor (*apply)(const torch::Tensor& x, torch::Generator& random);
};

/// The only list: crop (shifted by up to an eighth and mirrored half the time), blur (Gaussian, sigma 0.3 to 1.5
/// pixels), grayscale, jpeg (the luma quantisation of ITU-T T.81 K.1 at a quality of 10 to 90 on each channel, with the
/// gradient passed through the rounding; no colour conversion).
std::span<const LoopTransform> loop_transforms();
/// Error(parameter) with the list as hint.
const LoopTransform& find_loop_transform(std::string_view name);

}  // namespace wardmark
