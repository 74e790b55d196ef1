#pragma once
#include <functional>
#include <string_view>
#include <vector>

namespace wardmark {

/// A line without its end, as offsets.
struct TextLine {
  std::size_t begin = 0;
  std::size_t end = 0;
};

/// Every run of lines that are not blank. LF, CRLF and CR end lines.
void each_block(std::string_view text, const std::function<void(const std::vector<TextLine>&)>& sink);

}  // namespace wardmark
