#pragma once
#include <string_view>

namespace wardmark {

inline constexpr std::string_view kVersion = WARDMARK_VERSION;

}  // namespace wardmark
