#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "text_markers/passage.h"

namespace wardmark {

/// Text between tags inside p, li and blockquote of an HTML body, by gumbo's source offsets. Left out: what is hidden,
/// code, header, footer, navigation and asides, and elements whose class or id main-text extractors drop as
/// boilerplate (the lists of trafilatura and resiliparse).
std::vector<Passage> html_passages(std::string_view text);

/// What extractors of training text keep: visible text outside boilerplate, tables and code, a line a block, white
/// space collapsed.
std::string html_main_text(std::string_view text);

}  // namespace wardmark
