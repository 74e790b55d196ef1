#include "verify/question_order.h"

#include "core/error.h"
#include "core/random.h"

namespace wardmark {
namespace {

std::uint32_t checked(std::uint64_t keys, std::uint64_t classes, std::uint64_t pictures) {
  if (keys > UINT32_MAX || classes > UINT32_MAX || pictures > UINT32_MAX) broken_promise("number of questions");
  const std::uint64_t each = keys * classes;
  if (each == 0 || pictures == 0 || each > UINT32_MAX / pictures) broken_promise("number of questions");
  return static_cast<std::uint32_t>(each * pictures);
}

}  // namespace

QuestionOrder::QuestionOrder(const Subkey& order, std::uint64_t keys, std::uint64_t classes, std::uint64_t pictures)
    : classes_(classes),
      pictures_(pictures),
      order_(Stream(order, "query-order").permutation(checked(keys, classes, pictures))) {}

Question QuestionOrder::at(std::size_t n) const {
  const std::uint64_t at = order_[n];
  return {static_cast<std::uint32_t>(at / pictures_ / classes_), static_cast<std::uint32_t>(at / pictures_ % classes_),
          static_cast<std::uint32_t>(at % pictures_)};
}

}  // namespace wardmark
