#include "verify/response_table.h"

#include "core/error.h"
#include "core/key.h"

namespace wardmark {

ResponseTable::ResponseTable(std::uint32_t keys, std::uint32_t classes, std::vector<std::uint32_t> asked)
    : keys_(keys), classes_(classes), asked_(std::move(asked)) {
  if (keys == 0 || classes < 2 || asked_.size() != classes) broken_promise("shape of a response table");
  counts_.resize(static_cast<std::size_t>(keys) * classes * classes);
}

std::string ResponseTable::hash() const {
  Bytes bytes;
  const auto add = [&bytes](std::uint32_t v) {
    for (int shift = 0; shift < 32; shift += 8) bytes.push_back(static_cast<std::uint8_t>(v >> shift));
  };
  add(keys_);
  add(classes_);
  for (const std::uint32_t v : asked_) add(v);
  for (const std::uint32_t v : counts_) add(v);
  return to_hex(digest(nullptr, "response-table", {bytes}));
}

}  // namespace wardmark
