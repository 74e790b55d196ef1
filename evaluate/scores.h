#pragma once
#include <cstdint>
#include <span>
#include <vector>

namespace wardmark {

/// How well logits fit labels. Of classes without a test picture nothing is known: their recall and AUC are NaN and
/// left out of the means.
struct Scores {
  std::size_t pictures = 0;
  double accuracy = 0;           ///< share whose largest logit is the label's; the first one of equal logits counts
  double balanced_accuracy = 0;  ///< mean of the recalls
  double auc = 0;                ///< mean over classes of the area under the curve, one against the rest
  double majority_rate = 0;      ///< share of the most frequent label: what a constant answer reaches
  std::vector<double> recalls;   ///< by class
  std::vector<double> aucs;      ///< by class: exact rank statistic, ties count half
};

/// `logits`: pictures x classes, row by row. The score of class c is its log odds, logit minus log-sum-exp of the
/// others: as softmax orders them, without its ties at 0 and 1. Error(parameter) for NaN, for sizes that do not fit,
/// for labels outside of 0..classes-1; NaN everywhere without a picture.
Scores score(std::span<const float> logits, std::span<const std::int64_t> labels, int classes);

struct Interval {
  double low = 0, high = 0;
};

/// 95 % percentile intervals over test pictures.
struct ScoreIntervals {
  Interval accuracy, balanced_accuracy, auc;
};

/// Bootstrap: `draws` times as many pictures are drawn with replacement and scored; the 2.5 and 97.5 % points of the
/// results, each the nearest one outside. The network stays the same: intervals over training seeds come on top. A
/// class that a draw misses is left out of that draw. Deterministic; linear in draws x pictures x classes.
ScoreIntervals bootstrap(std::span<const float> logits, std::span<const std::int64_t> labels, int classes,
                         int draws = 1000, std::uint64_t seed = 0);

}  // namespace wardmark
