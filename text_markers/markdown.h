#pragma once
#include <string_view>
#include <vector>

#include "text_markers/passage.h"

namespace wardmark {

/// Paragraphs and list items of a GitHub-flavoured Markdown text, by cmark-gfm's block lines. Never in front matter,
/// code, tables, headings, quotations, raw HTML, link definitions or lines with template tags.
std::vector<Passage> markdown_passages(std::string_view text);

}  // namespace wardmark
