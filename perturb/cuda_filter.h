#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "perturb/legacy_stream.h"
#include "perturb/method.h"

namespace wardmark {

/// The method `cuda`: every class gets one small random filter, and each of its pictures is filtered with it, the same
/// way in all colour channels. (Sadasivan et al., "CUDA: Convolution-based Unlearnable Datasets", arXiv 2303.04278. The
/// name has nothing to do with GPUs.)
///
/// Variant `dc`: y = x * (w / sum w), a cross-correlation with repeated borders: brightness stays. Computed at training
/// size. Variant `paper`: the published arithmetic at the picture's own size: x / range, cross-correlation with zeros
/// outside, divided by the largest value over pixels and channels, x range, truncated.
/// Arithmetic: float32, taps added in row-major order, one product and one sum each, no fused operations.
MethodInfo cuda_filter_method();

/// side x side weights in row-major order, as drawn: one of them is 1, not normalised.
struct FilterKernel {
  int side = 0;
  std::vector<float> weights;
};

/// The keyed filter of a slot: Stream(pool_key.derive("cuda-mark", {slot, side}), "kernel"), both numbers in decimal;
/// side^2 draws p_b x uniform() cast to float32, then below(side) for the row and below(side) for the column of the 1.
FilterKernel keyed_kernel(const Subkey& pool_key, std::uint32_t slot, int side, double p_b);

/// The published filters of `classes` classes in stream order: per class 3 side^2 uniform draws, of which the first
/// plane is used, then row and column of the 1.
std::vector<FilterKernel> published_kernels(LegacyStream& stream, std::size_t classes, int side, double p_b);

/// Place of each class in the published order: by number when all names are decimal integers, else by bytes.
std::vector<std::size_t> published_places(const std::vector<std::string>& classes);

enum class Border { zero, repeat };

/// Cross-correlation of every channel with the same weights; float32 as written above.
Planes correlate(const Planes& picture, const FilterKernel& kernel, Border border);

}  // namespace wardmark
