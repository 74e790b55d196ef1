#pragma once
#include <torch/torch.h>

#include <cstdint>

namespace wardmark {

/// A linear classifier: logits = features W^T + b.
struct LinearModel {
  torch::Tensor weight;  ///< (K, F), float64
  torch::Tensor bias;    ///< (K), float64
};

/// Multinomial logistic regression with a squared penalty: the minimum over W, b of
///   sum_i w_i CE(softmax(W z_i + b), y_i) / sum_i w_i + penalty / 2 |W|^2,
/// w_i = 1 / (pictures of the class of i), so that all classes weigh the same; z the features brought to mean 0 and
/// deviation 1 (folded into the result). L-BFGS in float64, from 0: deterministic. Every class needs a row.
LinearModel logistic_regression(const torch::Tensor& features, const torch::Tensor& labels, std::int64_t classes,
                                double penalty);

/// The penalty of least mean class-balanced cross entropy over `folds` held-out parts (every class dealt out in turn),
/// of 1, 0.1, ... 1e-4. The middle one where a class has fewer than two rows.
double chosen_penalty(const torch::Tensor& features, const torch::Tensor& labels, std::int64_t classes, int folds);

}  // namespace wardmark
