#pragma once
#include <string_view>
#include <vector>

#include "text_markers/passage.h"

namespace wardmark {

/// Prose paragraphs of LaTeX: of the document environment where there is one, else of the whole file (a chapter that
/// is read in). Left out: what stands in an environment that is not known to hold prose (unknown ones are never
/// entered), inside braces, and paragraphs with comments, displayed mathematics, items, rows or verbatim text.
std::vector<Passage> latex_passages(std::string_view text);

}  // namespace wardmark
