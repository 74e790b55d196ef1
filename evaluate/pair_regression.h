#pragma once
#include <torch/torch.h>

#include <cstdint>

namespace wardmark {

/// Half of the side of the largest kernel that pictures (n, C, H, W) of this size can tell: 4, so 9 x 9; less below 24
/// px.
std::int64_t largest_reach(const torch::Tensor& x);

struct KernelFit {
  torch::Tensor kernel;  ///< (side, side), float64, as a cross-correlation
  double residual = 0;   ///< mean square of what it leaves, at least 0
};

/// The sums that ridge regressions between clean and marked pictures need, over inner pixels of all pairs and channels:
/// a kernel of any side up to the largest follows from them without another pass. Forward: marked / gain from clean,
/// gain being the ratio of means of each pair, since the published cuda divides every picture by its own maximum.
/// Inverse: clean from marked. Both shrink towards the identity, with the weight of one level's rounding noise.
class PairSums {
 public:
  /// Pictures (n, C, H, W) in 0..1; lines first..first+lines-1, which lie the largest reach inside, as all columns
  /// used.
  PairSums(const torch::Tensor& clean, const torch::Tensor& marked, std::int64_t first, std::int64_t lines);
  KernelFit forward(std::int64_t side) const;
  KernelFit inverse(std::int64_t side) const;
  /// Share of the change that the largest forward kernel leaves unexplained.
  double unexplained() const;
  double gain() const { return gain_; }          ///< geometric mean over the pairs
  double variance() const { return variance_; }  ///< of the clean pictures

 private:
  struct Sums {
    torch::Tensor squares;   // (K^2, K^2): patch x patch
    torch::Tensor products;  // (K^2): patch x change of the middle
    double change = 0;       // sum of squared changes
    double rows = 0;
  };
  void add(Sums& sums, const torch::Tensor& from, const torch::Tensor& to) const;
  KernelFit fit(const Sums& sums, std::int64_t side) const;

  std::int64_t reach_;
  Sums forward_, inverse_;
  double gain_ = 1;
  double variance_ = 0;
};

}  // namespace wardmark
