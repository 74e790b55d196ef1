#include "verify/calibration.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/error.h"
#include "core/plan.h"
#include "core/random.h"
#include "core/statistics.h"
#include "verify/shortcut_test.h"

namespace wardmark {
namespace {

constexpr int kRedraws = 20;
constexpr int kSeeds = 10, kSampled = 99;
constexpr int kPermutations = 199;

/// The answers to one key as classes of the release: [picture][mark].
using KeyAnswers = std::vector<std::vector<std::uint32_t>>;

class Trial {
 public:
  Trial(const QuestionOrder& order, const Answers& answers, std::span<const std::uint32_t> of_class,
        std::span<const std::uint32_t> meant, const Subkey& draw_key)
      : order_(order),
        answers_(answers),
        of_class_(of_class.begin(), of_class.end()),
        meant_(meant),
        table_(table_of(order, answers, of_class, meant)),
        stream_(draw_key, "calibration"),
        seed_(draw_key.derive("calibration-seed")) {
    for (std::uint32_t c = 0; c < order.classes(); ++c) {
      if (std::ranges::find(meant, c) != meant.end()) known_.push_back(c);
    }
    if (known_.size() < 2) throw Error(Code::no_test, "the suspect names fewer than two of the classes");
  }

  CalibrationTrial run() {
    CalibrationTrial p{};
    const DrawnMarks drawn = draw();
    const ShortcutResult proper = shortcut_test(table_, drawn, seed_);
    p[0] = proper.p;
    p[1] = randomised(proper);
    p[2] = redrawn(proper.p);
    p[3] = filtered(drawn);
    p[4] = reseeded(drawn);
    p[5] = permuted(drawn);
    return p;
  }

 private:
  DrawnMarks draw() {
    DrawnMarks marks{stream_.below(order_.keys()), stream_.permutation(order_.classes()), known_};
    return marks;
  }

  /// Ties broken by a coin. The faults do it too: counted against the claim, ties would hide what is wrong with them
  /// wherever a suspect hardly reacts.
  double randomised(const ShortcutResult& r) {
    const double all = r.complete ? r.configurations : kSampledDraws + 1.0;
    return (r.above + stream_.uniform() * (r.at_least - r.above)) / all;
  }
  double randomised(int above, int ties, int others) {
    return (above + stream_.uniform() * (ties + 1)) / (others + 1.0);
  }

  double redrawn(double best) {
    for (int n = 1; n < kRedraws; ++n) best = std::min(best, shortcut_test(table_, draw(), seed_).p);
    return best;
  }

  KeyAnswers answers_to(std::uint32_t key) const {
    KeyAnswers found(order_.pictures(), std::vector<std::uint32_t>(order_.classes(), kNoClass));
    for (std::size_t n = 0; n < answers_.size(); ++n) {
      const Question q = order_.at(n);
      if (q.key == key) found[q.picture][q.slot] = meant_[static_cast<std::size_t>(answers_.values[n])];
    }
    return found;
  }

  /// What a picture adds to T.
  std::int64_t share(const std::vector<std::uint32_t>& by_mark, std::uint32_t picture, const DrawnMarks& drawn) const {
    std::int64_t sum = std::int64_t{order_.classes()} * followed(by_mark, picture, drawn);
    for (const std::uint32_t i : known_)
      sum -= i == of_class_[picture] ? 0 : static_cast<std::int64_t>(std::ranges::count(by_mark, i));
    return sum;
  }

  /// Answers of a picture that are the class whose mark it carries, and not its own.
  std::uint32_t followed(const std::vector<std::uint32_t>& by_mark, std::uint32_t picture,
                         const DrawnMarks& drawn) const {
    std::uint32_t count = 0;
    for (const std::uint32_t i : known_) count += i != of_class_[picture] && by_mark[drawn.slots[i]] == i ? 1 : 0;
    return count;
  }

  double filtered(const DrawnMarks& drawn) {
    const KeyAnswers found = answers_to(drawn.key);
    std::vector<std::uint32_t> pictures(order_.pictures());
    std::iota(pictures.begin(), pictures.end(), 0u);
    std::ranges::stable_sort(pictures, std::greater<>(), [&](std::uint32_t p) { return share(found[p], p, drawn); });
    std::vector<std::uint32_t> kept = of_class_;
    for (std::size_t n = (pictures.size() + 1) / 2; n < pictures.size(); ++n) kept[pictures[n]] = kNoClass;
    return randomised(shortcut_test(table_of(order_, answers_, kept, meant_), drawn, seed_));
  }

  std::int64_t statistic(const DrawnMarks& marks) const {
    std::int64_t t = 0;
    for (const std::uint32_t i : known_) {
      t += std::int64_t{order_.classes()} * table_.count(marks.key, marks.slots[i], i);
      for (std::uint32_t s = 0; s < order_.classes(); ++s) t -= table_.count(marks.key, s, i);
    }
    return t;
  }

  double reseeded(const DrawnMarks& drawn) {
    const std::int64_t mine = statistic(drawn);
    double best = 1;
    for (int n = 0; n < kSeeds; ++n) {
      int above = 0, ties = 0;
      for (int d = 0; d < kSampled; ++d) {
        const std::int64_t other = statistic(draw());
        above += other > mine ? 1 : 0;
        ties += other == mine ? 1 : 0;
      }
      best = std::min(best, randomised(above, ties, kSampled));
    }
    return best;
  }

  double permuted(const DrawnMarks& drawn) {
    KeyAnswers found = answers_to(drawn.key);
    const auto hits = [&] {
      std::uint64_t sum = 0;
      for (std::uint32_t p = 0; p < found.size(); ++p) sum += followed(found[p], p, drawn);
      return sum;
    };
    const std::uint64_t mine = hits();
    int above = 0, ties = 0;
    for (int n = 0; n < kPermutations; ++n) {
      for (std::vector<std::uint32_t>& by_mark : found) {
        for (std::size_t i = by_mark.size(); i > 1; --i)
          std::swap(by_mark[i - 1], by_mark[stream_.below(static_cast<std::uint32_t>(i))]);
      }
      const std::uint64_t other = hits();
      above += other > mine ? 1 : 0;
      ties += other == mine ? 1 : 0;
    }
    return randomised(above, ties, kPermutations);
  }

  const QuestionOrder& order_;
  const Answers& answers_;
  std::vector<std::uint32_t> of_class_;
  std::span<const std::uint32_t> meant_;
  ResponseTable table_;
  Stream stream_;
  Subkey seed_;
  std::vector<std::uint32_t> known_;
};

/// Largest count that a binomial does not exceed with 99 %.
std::uint64_t most_of(std::uint64_t n, double q) {
  std::uint64_t k = 0;
  while (k < n && binomial_upper_tail(k + 1, n, q) > 0.01) ++k;
  return k;
}

}  // namespace

std::string_view name(Procedure procedure) {
  constexpr std::array<std::string_view, kProcedures> kNames = {"proper",   "randomised", "redrawn",
                                                                "filtered", "reseeded",   "permuted"};
  return kNames[static_cast<std::size_t>(procedure)];
}

CalibrationTrial calibration_trial(const QuestionOrder& order, const Answers& answers,
                                   std::span<const std::uint32_t> of_class, std::span<const std::uint32_t> meant,
                                   const Subkey& draw_key) {
  if (answers.access != Access::labels || answers.size() != order.size()) broken_promise("answers of a calibration");
  return Trial(order, answers, of_class, meant, draw_key).run();
}

bool Calibration::holds() const {
  return distance <= most_distance && std::ranges::all_of(levels, [](const Level& l) { return l.found <= l.most; });
}

Calibration calibrate(std::span<const double> p) {
  Calibration result;
  result.trials = p.size();
  const double levels[] = {0.05, 0.01};
  for (std::size_t i = 0; i < result.levels.size(); ++i) {
    const auto found = static_cast<std::uint64_t>(std::ranges::count_if(p, [&](double v) { return v <= levels[i]; }));
    result.levels[i] = {levels[i], found, most_of(p.size(), levels[i])};
  }
  if (p.empty()) return result;
  std::vector<double> sorted(p.begin(), p.end());
  std::ranges::sort(sorted);
  const auto n = static_cast<double>(p.size());
  for (std::size_t i = 0; i < sorted.size(); ++i)
    result.distance = std::max(result.distance, (static_cast<double>(i) + 1) / n - sorted[i]);
  result.most_distance = std::sqrt(-std::log(0.05) / 2 / n);
  return result;
}

}  // namespace wardmark
