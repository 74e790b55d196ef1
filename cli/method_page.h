#pragma once
#include <string_view>

namespace wardmark {

/// docs/methods/NAME.md as it was when the program was built; empty where there is none.
std::string_view method_page(std::string_view name);

}  // namespace wardmark
