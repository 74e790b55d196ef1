#pragma once
#include <torch/torch.h>

#include <memory>
#include <span>
#include <string_view>

namespace wardmark {

/// What a network is built for.
struct NetworkShape {
  int channels = 3;    ///< of the pictures, any number from 1
  int side = 32;       ///< short side of the pictures; up to 64 the small-picture stem, above the published one
  int classes = 10;    ///< 2 or more
  double width = 1.0;  ///< multiplies every layer's channels (rounded to a multiple of 8, at least 8), not the classes
};

/// A classifier. Parameters and buffers carry torchvision's names, so that published weights fit by name.
/// Takes pictures (B, C, H, W), float32, normalised. Not thread-safe.
class Network : public torch::nn::Module {
 public:
  /// What the last layer sees: (B, F).
  virtual torch::Tensor features(const torch::Tensor& x) = 0;
  /// Logits (B, classes) of features (B, F).
  virtual torch::Tensor head(const torch::Tensor& features) = 0;
  /// Logits (B, classes).
  torch::Tensor forward(const torch::Tensor& x) { return head(features(x)); }
  /// The last linear layer: what a refit replaces.
  virtual torch::nn::Linear last_layer() = 0;
};

/// One architecture.
struct NetworkInfo {
  std::string_view name;     ///< torchvision's, where it has one
  std::string_view summary;  ///< one line
  std::string_view source;   ///< paper
  int smallest_side;         ///< pictures below this side are refused
  std::shared_ptr<Network> (*build)(const NetworkShape& shape);
};

/// The only list of networks, in --help order.
std::span<const NetworkInfo> networks();
/// Error(parameter) with the nearest name as hint.
const NetworkInfo& find_network(std::string_view name);
/// Builds with weights initialised from torch's default generator as torchvision does it: seed it first.
/// Error(parameter) for a shape the network cannot take.
std::shared_ptr<Network> build_network(const NetworkInfo& info, const NetworkShape& shape);

}  // namespace wardmark
