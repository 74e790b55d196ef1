#pragma once
#include <torch/torch.h>

#include <cstdint>
#include <span>

#include "core/pixel_set.h"

namespace wardmark {

/// The samples of item i, to be written: height x width x channels.
std::span<std::uint8_t> item_of(PixelSet& set, std::size_t i);

/// A set of the same items with room for pictures of another size; samples are undefined.
PixelSet with_size(const PixelSet& set, int height, int width);

/// The stored samples as they lie, (N, H, W, C) uint8; a view: the set must outlive it and stay unchanged.
torch::Tensor stored_samples(const PixelSet& set);

/// Pictures as networks see them: (n, C, H, W), float32, 0..1, of the items named by `rows` (int64).
torch::Tensor pictures_of(const PixelSet& set, const torch::Tensor& rows);
/// The same for items first..first+count-1.
torch::Tensor pictures_of(const PixelSet& set, std::int64_t first, std::int64_t count);

/// Writes pictures (n, C, H, W) in 0..1 back as the items named by `rows`: clipped, rounded half up.
void store_pictures(PixelSet& set, const torch::Tensor& rows, const torch::Tensor& pictures);

/// The rows of one class, int64, ascending.
torch::Tensor rows_of_class(const PixelSet& set, std::int64_t label);

}  // namespace wardmark
