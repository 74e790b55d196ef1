#include "evaluate/scores.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>
#include <string>

#include "core/error.h"

namespace wardmark {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// What is the same for every draw of pictures.
struct Ranked {
  std::size_t classes = 0;
  std::vector<std::size_t> label;
  std::vector<std::uint8_t> hit;
  std::vector<std::vector<std::size_t>> order;       // by class: pictures from the lowest score up
  std::vector<std::vector<std::uint8_t>> new_score;  // by class: the place in `order` begins another score
};

double log_odds(std::span<const float> row, std::size_t of) {
  double largest = -std::numeric_limits<double>::infinity();
  for (std::size_t c = 0; c < row.size(); ++c) {
    if (c != of) largest = std::max<double>(largest, row[c]);
  }
  double sum = 0;
  for (std::size_t c = 0; c < row.size(); ++c) {
    if (c != of) sum += std::exp(static_cast<double>(row[c]) - largest);
  }
  return static_cast<double>(row[of]) - largest - std::log(sum);
}

Ranked ranked(std::span<const float> logits, std::span<const std::int64_t> labels, int classes) {
  if (classes < 2 || logits.size() != labels.size() * static_cast<std::size_t>(classes))
    throw Error(Code::parameter, "scores: " + std::to_string(logits.size()) + " logits for " +
                                     std::to_string(labels.size()) + " pictures of " + std::to_string(classes) +
                                     " classes");
  if (std::ranges::any_of(logits, [](float x) { return !std::isfinite(x); }))
    throw Error(Code::parameter, "scores: a logit is not a finite number");
  Ranked all;
  all.classes = static_cast<std::size_t>(classes);
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] < 0 || labels[i] >= classes)
      throw Error(Code::parameter, "scores: label " + std::to_string(labels[i]) + " is not among the classes");
    const std::span<const float> row = logits.subspan(i * all.classes, all.classes);
    all.label.push_back(static_cast<std::size_t>(labels[i]));
    all.hit.push_back(std::ranges::max_element(row) - row.begin() == labels[i]);
  }
  for (std::size_t c = 0; c < all.classes; ++c) {
    std::vector<double> scores;
    for (std::size_t i = 0; i < labels.size(); ++i)
      scores.push_back(log_odds(logits.subspan(i * all.classes, all.classes), c));
    std::vector<std::size_t> order(labels.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, {}, [&scores](std::size_t i) { return scores[i]; });
    std::vector<std::uint8_t> begins(order.size());
    for (std::size_t k = 0; k < order.size(); ++k) begins[k] = k == 0 || scores[order[k]] != scores[order[k - 1]];
    all.order.push_back(std::move(order));
    all.new_score.push_back(std::move(begins));
  }
  return all;
}

// Area under the curve of one class when picture i counts times[i] times: pairs won, ties half, over all pairs.
double area(const Ranked& all, std::size_t c, std::span<const double> times) {
  double won = 0, below = 0, positives = 0, tied_positives = 0, tied_others = 0;
  const auto close_tie = [&] {
    won += tied_positives * (below + tied_others / 2);
    below += tied_others;
    positives += tied_positives;
    tied_positives = tied_others = 0;
  };
  for (std::size_t k = 0; k < all.order[c].size(); ++k) {
    if (all.new_score[c][k]) close_tie();
    const std::size_t i = all.order[c][k];
    (all.label[i] == c ? tied_positives : tied_others) += times[i];
  }
  close_tie();
  return positives > 0 && below > 0 ? won / (positives * below) : kNaN;
}

double mean_of_known(std::span<const double> values) {
  double sum = 0;
  double known = 0;
  for (const double value : values) {
    if (std::isnan(value)) continue;
    sum += value;
    known += 1;
  }
  return known > 0 ? sum / known : kNaN;
}

Scores scored(const Ranked& all, std::span<const double> times) {
  Scores scores;
  scores.pictures = times.size();
  std::vector<double> hits(all.classes), counts(all.classes);
  for (std::size_t i = 0; i < times.size(); ++i) {
    counts[all.label[i]] += times[i];
    hits[all.label[i]] += all.hit[i] ? times[i] : 0;
  }
  const double total = std::accumulate(counts.begin(), counts.end(), 0.0);
  scores.accuracy = total > 0 ? std::accumulate(hits.begin(), hits.end(), 0.0) / total : kNaN;
  scores.majority_rate = total > 0 ? *std::ranges::max_element(counts) / total : kNaN;
  for (std::size_t c = 0; c < all.classes; ++c) {
    scores.recalls.push_back(counts[c] > 0 ? hits[c] / counts[c] : kNaN);
    scores.aucs.push_back(area(all, c, times));
  }
  scores.balanced_accuracy = mean_of_known(scores.recalls);
  scores.auc = mean_of_known(scores.aucs);
  return scores;
}

Interval middle_95(std::vector<double> values) {
  std::erase_if(values, [](double value) { return std::isnan(value); });
  if (values.empty()) return {kNaN, kNaN};
  std::ranges::sort(values);
  const std::size_t outside = static_cast<std::size_t>(0.025 * static_cast<double>(values.size()));
  return {values[outside], values[values.size() - 1 - outside]};
}

}  // namespace

Scores score(std::span<const float> logits, std::span<const std::int64_t> labels, int classes) {
  const Ranked all = ranked(logits, labels, classes);
  return scored(all, std::vector<double>(labels.size(), 1.0));
}

ScoreIntervals bootstrap(std::span<const float> logits, std::span<const std::int64_t> labels, int classes, int draws,
                         std::uint64_t seed) {
  const Ranked all = ranked(logits, labels, classes);
  const std::size_t n = labels.size();
  std::mt19937_64 random(seed);
  std::vector<double> accuracy, balanced, auc;
  std::vector<double> times(n);
  for (int draw = 0; draw < draws; ++draw) {
    std::ranges::fill(times, 0.0);
    // 32 bits times n: the standard's distributions differ between libraries.
    for (std::size_t i = 0; i < n; ++i) times[((random() >> 32) * n) >> 32] += 1;
    const Scores scores = scored(all, times);
    accuracy.push_back(scores.accuracy);
    balanced.push_back(scores.balanced_accuracy);
    auc.push_back(scores.auc);
  }
  return {middle_95(std::move(accuracy)), middle_95(std::move(balanced)), middle_95(std::move(auc))};
}

}  // namespace wardmark
