#pragma once
#include <torch/torch.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "perturb/fit.h"

namespace wardmark {

/// What a fit depends on, hashed: method, settings, epsilon, key, slots, labels and pictures. `numbers`: whatever else
/// the method counts on.
std::string fit_identity(const FitInput& input, std::string_view method, std::string_view numbers);

/// A set under a fit: its pictures, their noise, and both together as they would be stored.
class NoisySet {
 public:
  explicit NoisySet(const FitInput& input);

  const PixelSet& pictures() const { return input_.pictures; }
  /// Pictures plus noise: 8 bits a sample. What it refers to stays the same object.
  const PixelSet& changed() const { return changed_; }
  std::int64_t size() const { return static_cast<std::int64_t>(input_.pictures.size()); }

  /// Of the items `rows` (int64): pictures, and the noise that they have now, (B, C, H, W), float32, in 255ths.
  torch::Tensor picture_levels(const torch::Tensor& rows) const;
  torch::Tensor noise(const torch::Tensor& rows) const;
  /// Their keyed texture at the amplitude of its share: (B, C, H, W).
  torch::Tensor carrier(const torch::Tensor& rows) const;
  /// The texture of each class at that amplitude: (classes, 1, H, W).
  torch::Tensor class_carrier() const { return textures_ * static_cast<double>(carrier_); }
  /// True where something happens in the surroundings: (B, 1, H, W), bool.
  torch::Tensor active(const torch::Tensor& rows) const;
  /// The mask of an item that needs no gradients, as without a fit: (B, 1, H, W) of 0 and 1.
  torch::Tensor drawn_mask(const torch::Tensor& rows) const;
  /// The mask that all pictures share, flat surroundings included: (1, 1, H, W) of 0 and 1. Needs a salience map.
  torch::Tensor shared_mask() const;
  torch::Tensor labels(const torch::Tensor& rows) const;
  /// Amplitudes of both parts: together epsilon.
  int carrier_amplitude() const { return carrier_; }
  int trained_amplitude() const { return input_.epsilon - carrier_; }

  /// The texture of each item where most happens, as the only change: where a fit starts.
  void start_with_carriers();
  /// Rounds, keeps within epsilon and the range of samples, and stores.
  void store(const torch::Tensor& rows, const torch::Tensor& noise);

  const std::vector<std::int8_t>& stored() const { return noise_; }
  /// The noise for a checkpoint, a byte a sample, and back. Error(model_format) for another number of them.
  torch::Tensor kept() const;
  void restore(const torch::Tensor& kept);

 private:
  std::vector<std::uint32_t> salience_of(std::size_t item) const;
  torch::Tensor taken(const void* samples, torch::ScalarType type, const torch::Tensor& rows) const;

  const FitInput& input_;
  int carrier_;
  PixelSet changed_;
  std::vector<std::int8_t> noise_;
  std::vector<std::uint8_t> active_;  ///< a byte a pixel
  torch::Tensor textures_;            ///< (classes, 1, H, W), +1 and -1
  torch::Tensor labels_;
};

}  // namespace wardmark
