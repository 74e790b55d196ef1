#pragma once
#include <torch/torch.h>

#include <cstdint>

#include "core/pixel_set.h"

namespace wardmark {

/// Where each picture of a batch is cut out of itself with a margin of zeros, and whether it is mirrored.
struct Shifts {
  torch::Tensor down;   ///< (B), int64: rows the window lies below the picture's top, negative above
  torch::Tensor right;  ///< (B), int64: columns likewise, before mirroring
  torch::Tensor flip;   ///< (B), bool: mirrored left to right, after cutting
};

/// Windows at up to `padding` pixels to every side and mirroring with probability 1/2, uniformly and independently.
Shifts draw_shifts(std::int64_t count, std::int64_t padding, torch::Generator& random);
/// The usual padding: an eighth of the short side (4 at 32 pixels).
std::int64_t crop_padding(const PixelSet& set);

/// A data set as batches are cut from it: 8 bits a sample, channels last, labels beside. On the CPU it refers to the
/// samples of the PixelSet, which must live on and stay as they are; on a GPU it holds a copy. Const members are
/// thread-safe.
class Pictures {
 public:
  Pictures(const PixelSet& set, torch::Device device);

  std::int64_t size() const { return labels_.size(0); }
  int channels() const { return static_cast<int>(samples_.size(3)); }
  /// (N), int64, on the device.
  const torch::Tensor& labels() const { return labels_; }
  const torch::Device& device() const { return device_; }

  /// Pictures `index` (B, int64): (B, C, H, W), float32, 0..1, channels-last in memory.
  torch::Tensor batch(const torch::Tensor& index) const;
  /// The same, cut and mirrored: one gather for the whole batch.
  torch::Tensor batch(const torch::Tensor& index, const Shifts& shifts) const;

 private:
  torch::Tensor samples_;  // (N, H, W, C), uint8
  torch::Tensor labels_;
  torch::Device device_;
};

/// Mean and standard deviation of each channel over pictures `index` in units of 0..1, exact sums: (1, C, 1, 1),
/// float32, CPU. The deviation of a constant channel is 1.
struct Normalisation {
  torch::Tensor mean;
  torch::Tensor std;
};
Normalisation measure_normalisation(const PixelSet& set, const torch::Tensor& index);

/// Error(input_empty) for no picture, (labels_one_class) for fewer than two classes among the labels, (parameter) for
/// labels outside the classes or samples that do not fit the numbers beside them. `what` names the set.
void check_pixel_set(const PixelSet& set, const std::string& what);

}  // namespace wardmark
