#pragma once
#include "evaluate/breaker.h"

namespace wardmark {

/// linear-probe: features learned without labels, then a linear classifier fitted on them with the labels of the same
/// pictures; nearest-neighbour: the same features, classes by the 20 nearest training pictures. What a thief gets who
/// does not take the labels' shortcut while learning to see.
/// Contrastive learning as SimCLR (arXiv 2002.05709) does it on small pictures: two views of each picture, loss at
/// temperature 0.5 over the batch. Departures: the last layer (128 outputs) is the projection, without a hidden layer;
/// no hue jitter and no blur; the run is as long as every other of the study, where the paper takes hundreds of epochs,
/// so the figures are lower bounds of what such a thief gets. Neighbours as in arXiv 2104.14294: cosine, weights
/// exp(s / 0.07).
BreakerInfo linear_probe_breaker();
BreakerInfo nearest_neighbour_breaker();

/// One view of each picture (B, C, H, W) in 0..1: a window of 20 to 100 % of the area and 3:4 to 4:3 of its shape,
/// enlarged to the whole, mirrored by a coin; for 4 of 5 brightness, contrast and saturation by 0.6 to 1.4; one of 5
/// grey.
torch::Tensor random_view(const torch::Tensor& x, torch::Generator& random);

/// Normalised temperature-scaled cross entropy of two views of B pictures, (B, F) each: every row is to find its
/// partner among the other 2 B - 1 by cosine. Scalar; at least 0.
torch::Tensor contrastive_loss(const torch::Tensor& first, const torch::Tensor& second, double temperature);

/// Scores (M, classes) of features `test` (M, F): the weights exp(s / 0.07), s the cosine, of the `neighbours` nearest
/// rows of `train` (N, F), added up by class and brought to sum 1. All in float64.
torch::Tensor neighbour_scores(const torch::Tensor& train, const torch::Tensor& labels, const torch::Tensor& test,
                               std::int64_t classes, std::int64_t neighbours);

}  // namespace wardmark
