#pragma once
#include <string>
#include <string_view>

#include "core/bytes.h"

namespace wardmark {

/// Text that may stand in an element or an attribute.
std::string html_escaped(std::string_view text);

/// A PNG file as an img element with its text alternative.
std::string html_picture(ByteView png, std::string_view alternative);

/// One page that needs nothing else: the style of all reports is inside, no script, nothing is loaded, readable in
/// print and on a narrow screen. `body` is HTML, `title` is not.
std::string html_page(std::string_view title, std::string_view body);

}  // namespace wardmark
