#include "evaluate/logistic_regression.h"

#include <array>
#include <limits>
#include <vector>

namespace wardmark {
namespace {

constexpr std::array kPenalties = {1.0, 0.1, 0.01, 0.001, 0.0001};

// 1 / (rows of its class) for every row, of sum 1.
torch::Tensor balanced_weights(const torch::Tensor& labels, std::int64_t classes) {
  const torch::Tensor counts = torch::bincount(labels, {}, classes).to(torch::kFloat64);
  const torch::Tensor weights = counts.reciprocal().index_select(0, labels);
  return weights / weights.sum();
}

torch::Tensor balanced_loss(const torch::Tensor& logits, const torch::Tensor& labels, const torch::Tensor& weights) {
  const torch::Tensor own = torch::log_softmax(logits, 1).gather(1, labels.unsqueeze(1)).squeeze(1);
  return -(own * weights).sum();
}

// The number of each row within its class.
torch::Tensor places_in_class(const torch::Tensor& labels, std::int64_t classes) {
  const torch::Tensor of_class = torch::one_hot(labels, classes);
  return (of_class.cumsum(0) * of_class).sum(1) - 1;
}

}  // namespace

LinearModel logistic_regression(const torch::Tensor& features, const torch::Tensor& labels, std::int64_t classes,
                                double penalty) {
  const torch::AutoGradMode gradients(true);
  const torch::Tensor z = features.detach().to(torch::kFloat64).cpu();
  const torch::Tensor y = labels.cpu();
  const torch::Tensor mean = z.mean(0);
  const torch::Tensor deviation = z.std(0, false);
  const torch::Tensor scale = torch::where(deviation.gt(1e-9), deviation, torch::ones_like(deviation));
  const torch::Tensor standard = (z - mean) / scale;
  const torch::Tensor share = balanced_weights(y, classes);
  torch::Tensor weight = torch::zeros({classes, z.size(1)}, z.options()).requires_grad_(true);
  torch::Tensor bias = torch::zeros({classes}, z.options()).requires_grad_(true);
  torch::optim::LBFGS descent(std::vector<torch::Tensor>{weight, bias}, torch::optim::LBFGSOptions(1)
                                                                            .max_iter(500)
                                                                            .history_size(20)
                                                                            .tolerance_grad(1e-9)
                                                                            .tolerance_change(1e-12)
                                                                            .line_search_fn("strong_wolfe"));
  descent.step([&] {
    descent.zero_grad();
    const torch::Tensor logits = torch::addmm(bias, standard, weight.t());
    torch::Tensor loss = balanced_loss(logits, y, share) + weight.square().sum() * (penalty / 2);
    loss.backward();
    return loss;
  });
  const torch::Tensor unscaled = weight.detach() / scale;
  return {unscaled, bias.detach() - unscaled.matmul(mean)};
}

double chosen_penalty(const torch::Tensor& features, const torch::Tensor& labels, std::int64_t classes, int folds) {
  const torch::Tensor counts = torch::bincount(labels, {}, classes);
  if (counts.min().item<std::int64_t>() < 2) return kPenalties[kPenalties.size() / 2];
  const torch::Tensor fold = places_in_class(labels, classes).remainder(folds);
  double best = kPenalties[0];
  double least = std::numeric_limits<double>::infinity();
  for (const double penalty : kPenalties) {
    double total = 0;
    for (int held = 0; held < folds; ++held) {
      const torch::Tensor in = fold.ne(held).nonzero().flatten();
      const torch::Tensor out = fold.eq(held).nonzero().flatten();
      if (out.numel() == 0) continue;
      const LinearModel model =
          logistic_regression(features.index_select(0, in), labels.index_select(0, in), classes, penalty);
      const torch::Tensor logits =
          features.index_select(0, out).to(torch::kFloat64).matmul(model.weight.t()) + model.bias;
      const torch::Tensor y = labels.index_select(0, out);
      const torch::Tensor weights = counts.to(torch::kFloat64).reciprocal().index_select(0, y);
      total += balanced_loss(logits, y, weights).item<double>();
    }
    if (total < least) {
      least = total;
      best = penalty;
    }
  }
  return best;
}

}  // namespace wardmark
