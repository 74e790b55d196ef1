#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "text_markers/passage.h"

namespace wardmark {

/// Prose paragraphs of LaTeX: of the document environment where there is one, else of the whole file (a chapter that
/// is read in). Left out: what stands in an environment that is not known to hold prose (unknown ones are never
/// entered), inside braces, and paragraphs with comments, displayed mathematics, items, rows or verbatim text.
std::vector<Passage> latex_passages(std::string_view text);

/// Name of the first environment outside comments and verbatim text that is neither known, for what it holds, nor
/// declared with \newtheorem in the same file; empty where there is none. Such a document is not marked: whether its
/// paragraphs are running text cannot be told.
std::string latex_unknown(std::string_view text);

}  // namespace wardmark
