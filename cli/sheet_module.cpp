#include "cli/sheet_module.h"

#include "cli/module.h"

namespace wardmark {

Image draw_sheet(std::span<const SheetRow> rows, std::string_view heading) {
  const auto entry =
      reinterpret_cast<SheetEntry>(module_symbol("wardmark-sheet.so", kSheetEntryName, "contact sheets"));
  Image sheet;
  entry(rows, heading, sheet);
  return sheet;
}

}  // namespace wardmark
