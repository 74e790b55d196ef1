#include <cstddef>
#include <cstdint>

#include "core/error.h"
#include "io/labels.h"

/// Any bytes as a label CSV: refused as labels_format or item_id, or every row is found again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace wardmark;
  try {
    const LabelTable table = parse_label_csv(text_of({data, size}));
    for (const auto& [id, row] : table.rows()) {
      if (table.find(id) != &row || row.label.empty()) __builtin_trap();
    }
  } catch (const Error& error) {
    if (error.code() != Code::labels_format && error.code() != Code::item_id) __builtin_trap();
  }
  return 0;
}
