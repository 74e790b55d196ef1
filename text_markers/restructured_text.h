#pragma once
#include <string_view>
#include <vector>

#include "text_markers/passage.h"

namespace wardmark {

/// Body paragraphs of reStructuredText: blocks of lines that all begin at the margin. Left out: titles, lists, field
/// lists, directives, targets, comments, literal and quoted blocks, tables, line blocks, definition lists.
std::vector<Passage> rst_passages(std::string_view text);

}  // namespace wardmark
