#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace wardmark {

/// What a suspect answered to marked pictures, counted: the whole input of a shortcut test.
///
/// `count(j, s, a)`: answers "class a" to pictures that carry mark s of candidate key j and are not of class a.
/// Pictures of class a are left out of its column, as a suspect that is right about them tells nothing of the mark.
class ResponseTable {
 public:
  /// `asked[a]`: pictures a mark that are not of class a.
  ResponseTable(std::uint32_t keys, std::uint32_t classes, std::vector<std::uint32_t> asked);

  std::uint32_t keys() const { return keys_; }
  std::uint32_t classes() const { return classes_; }
  /// Answers a class could have got, a mark.
  std::uint32_t asked(std::uint32_t a) const { return asked_[a]; }
  std::uint32_t count(std::uint32_t j, std::uint32_t s, std::uint32_t a) const { return counts_[place(j, s, a)]; }
  std::uint32_t& count(std::uint32_t j, std::uint32_t s, std::uint32_t a) { return counts_[place(j, s, a)]; }
  /// The hash that is logged before the draw is opened: of shape, `asked` and all counts.
  std::string hash() const;

 private:
  std::size_t place(std::uint32_t j, std::uint32_t s, std::uint32_t a) const {
    return (static_cast<std::size_t>(j) * classes_ + s) * classes_ + a;
  }
  std::uint32_t keys_, classes_;
  std::vector<std::uint32_t> asked_;
  std::vector<std::uint32_t> counts_;
};

}  // namespace wardmark
