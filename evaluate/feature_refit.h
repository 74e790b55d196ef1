#pragma once
#include "evaluate/breaker.h"
#include "evaluate/logistic_regression.h"

namespace wardmark {

/// dfr:N: after training, the last layer is fitted anew on N clean pictures of every class (all of a class that has
/// fewer): logistic regression on features brought to mean 0 and deviation 1, classes of equal weight, squared penalty
/// chosen by five-fold cross-validation among those pictures.
/// Deep feature reweighting (arXiv 2204.02937), against unlearnable data in arXiv 2305.19254, which uses 5,000 samples
/// of CIFAR-10 and any early checkpoint; here 50 a class and the checkpoint that the evaluation hands over.
BreakerInfo feature_refit_breaker();

/// Places of up to `per_class` pictures of every class, drawn by the seed, ascending. Error(labels_missing) for a class
/// without any.
torch::Tensor balanced_sample(const PixelSet& set, std::int64_t per_class, std::uint64_t seed);

/// What the last layer sees of the pictures named by `rows`: (n, F), float64, CPU. The network is left in eval().
torch::Tensor features_of(const Classifier& model, const PixelSet& set, const torch::Tensor& rows);

/// Puts a linear classifier in the last layer's place, whatever number of outputs that had.
void replace_last_layer(Classifier& model, const LinearModel& fitted);

/// Replaces the last layer. The network is left in eval().
void refit_last_layer(Classifier& model, const PixelSet& clean, const torch::Tensor& rows);

}  // namespace wardmark
