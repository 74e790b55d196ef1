#pragma once
#include <torch/torch.h>

#include <cstdint>
#include <vector>

namespace wardmark {

/// What a few clean and protected versions of pictures of one class say about the class's mark, and how to undo it.
/// marked = gain x (kernel * clean) + offset, with a kernel of up to 9 x 9 shared by the channels (cross-correlation)
/// and an offset for every sample; or directly clean = inverse * marked.
struct ClassMark {
  enum class Kind { none, additive, filter, filter_and_offset, inverse };
  Kind kind = Kind::none;
  torch::Tensor kernel;  ///< (k, k), float64
  torch::Tensor offset;  ///< (C, H, W), float32
  double gain = 1;
  double noise = 0;     ///< variance that the filter leaves unexplained
  double variance = 0;  ///< of clean pictures
  double error = 0;     ///< mean square error of restored pictures that were held out; the change itself for `none`
};

/// Estimates the mark from pairs (n, C, H, W) in 0..1. Every kind is fitted on some of the pairs and undone on the
/// others (leave one out; five parts from six pairs on); with one pair, on its upper and lower half. The kind of least
/// error is fitted on all pairs. With one pair no offset can be tried: it is taken when a filter leaves more than a
/// quarter of the change unexplained.
ClassMark estimate_mark(const torch::Tensor& clean, const torch::Tensor& marked);

/// Pictures (n, C, H, W) with the mark undone, in 0..1: the offset subtracted, the filter inverted by a Wiener filter
/// against a spectrum of 1 / f^2 of the clean pictures' variance.
torch::Tensor without_mark(const torch::Tensor& marked, const ClassMark& mark);

/// The filter as it acts: (n, C, H, W), edges repeated.
torch::Tensor correlated(const torch::Tensor& x, const torch::Tensor& kernel);

}  // namespace wardmark
