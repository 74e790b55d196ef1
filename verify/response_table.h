#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace wardmark {

/// Steps of the largest difference within a column of scores.
inline constexpr std::uint32_t kScoreSteps = 512;

/// What a suspect answers.
enum class Access {
  labels,  ///< one class a picture
  scores,  ///< a probability a class
};
std::string_view name(Access access);

/// What a suspect answered to marked pictures: the whole input of a shortcut test, in whole numbers.
///
/// labels: `count(j, s, a)` answers "class a" to pictures that carry mark s of candidate key j and are not of class a.
/// scores: the mean log-odds of class a over the same pictures, above the lowest of its column, in steps of step().
/// Pictures of class a are left out of its column, as a suspect that is right about them tells nothing of the mark.
class ResponseTable {
 public:
  /// `asked[a]`: pictures a mark that are not of class a. `step` > 0: scores, the log-odds of one count; 0: labels.
  ResponseTable(std::uint32_t keys, std::uint32_t classes, std::vector<std::uint32_t> asked, double step = 0);

  std::uint32_t keys() const { return keys_; }
  std::uint32_t classes() const { return classes_; }
  /// Answers a class could have got, a mark.
  std::uint32_t asked(std::uint32_t a) const { return asked_[a]; }
  std::uint32_t count(std::uint32_t j, std::uint32_t s, std::uint32_t a) const { return counts_[place(j, s, a)]; }
  std::uint32_t& count(std::uint32_t j, std::uint32_t s, std::uint32_t a) { return counts_[place(j, s, a)]; }
  Access access() const { return step_ > 0 ? Access::scores : Access::labels; }
  double step() const { return step_; }
  /// Counts that make an effect of 1: all answers that could go to class a, or a log-odds of 1.
  double unit(std::uint32_t a) const { return step_ > 0 ? 1 / step_ : asked_[a]; }
  /// The hash that is logged before the draw is opened: of shape, `asked`, step and all counts.
  std::string hash() const;

 private:
  std::size_t place(std::uint32_t j, std::uint32_t s, std::uint32_t a) const {
    return (static_cast<std::size_t>(j) * classes_ + s) * classes_ + a;
  }
  std::uint32_t keys_, classes_;
  std::vector<std::uint32_t> asked_;
  std::vector<std::uint32_t> counts_;
  double step_;
};

}  // namespace wardmark
