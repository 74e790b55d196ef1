#pragma once
#include <cstdint>
#include <vector>

#include "core/key.h"

namespace wardmark {

/// One picture under one mark of one candidate key.
struct Question {
  std::uint32_t key, slot, picture;
};

/// Every picture under every mark of every candidate key, in one random order: a pure function of order key and sizes,
/// so that who has the answers can count them again without asking (docs/verifying-models.md, "Two phases").
class QuestionOrder {
 public:
  /// Error(bug) unless there are 1 to 2^32 - 1 questions.
  QuestionOrder(const Subkey& order, std::uint64_t keys, std::uint64_t classes, std::uint64_t pictures);
  std::size_t size() const { return order_.size(); }
  Question at(std::size_t n) const;
  std::uint32_t keys() const { return static_cast<std::uint32_t>(order_.size() / pictures_ / classes_); }
  std::uint32_t classes() const { return static_cast<std::uint32_t>(classes_); }
  std::uint32_t pictures() const { return static_cast<std::uint32_t>(pictures_); }

 private:
  std::uint64_t classes_, pictures_;
  std::vector<std::uint32_t> order_;
};

}  // namespace wardmark
