#include "verify/response_table.h"

#include <cstdio>

#include "core/error.h"
#include "core/key.h"

namespace wardmark {

std::string_view name(Access access) { return access == Access::labels ? "labels" : "scores"; }

ResponseTable::ResponseTable(std::uint32_t keys, std::uint32_t classes, std::vector<std::uint32_t> asked, double step)
    : keys_(keys), classes_(classes), asked_(std::move(asked)), step_(step) {
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
  // The step in hexadecimal floating point is the same everywhere.
  char step[40] = "";
  if (step_ > 0) std::snprintf(step, sizeof step, "%a", step_);
  return to_hex(step_ > 0 ? digest(nullptr, "response-table", {bytes, bytes_of(step)})
                          : digest(nullptr, "response-table", {bytes}));
}

}  // namespace wardmark
