#pragma once
#include <span>
#include <string_view>

#include "perturb/contact_sheet.h"

namespace wardmark {

/// Draws a contact sheet by the module wardmark-sheet.so, which alone is linked with OpenCV: loading OpenCV takes
/// longer than everything else at the start of the program. The module lies beside the program or in ../lib/wardmark.
/// Error(engine_missing) when it is not installed.
Image draw_sheet(std::span<const SheetRow> rows, std::string_view heading);

/// The one symbol of the module: contact_sheet() into `sheet`.
using SheetEntry = void (*)(std::span<const SheetRow> rows, std::string_view heading, Image& sheet);
inline constexpr const char* kSheetEntryName = "wardmark_contact_sheet";

}  // namespace wardmark
