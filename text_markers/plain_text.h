#pragma once
#include <string_view>
#include <vector>

#include "text_markers/passage.h"

namespace wardmark {

/// Paragraphs of a plain text: blocks between blank lines, or single lines where a block has lines of more than 120
/// bytes (one paragraph a line). Left out: verse and lists (short lines), tables, logs and whatever else is not mostly
/// letters. Any of LF, CRLF, CR ends a line.
std::vector<Passage> plain_passages(std::string_view text);

}  // namespace wardmark
