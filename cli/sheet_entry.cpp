#include "cli/sheet_module.h"

extern "C" void wardmark_contact_sheet(std::span<const wardmark::SheetRow> rows, std::string_view heading,
                                       wardmark::Image& sheet) {
  sheet = wardmark::contact_sheet(rows, heading);
}
