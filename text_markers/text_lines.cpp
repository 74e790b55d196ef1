#include "text_markers/text_lines.h"

#include <cstring>

namespace wardmark {
namespace {

bool blank(std::string_view text) { return text.find_first_not_of(" \t\f\v") == std::string_view::npos; }

}  // namespace

void each_block(std::string_view text, const std::function<void(const std::vector<TextLine>&)>& sink) {
  // Most files hold no CR: then the ends are found at the speed of memchr.
  const bool returns = text.find('\r') != std::string_view::npos;
  std::vector<TextLine> block;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = returns ? text.find_first_of("\r\n", at) : text.find('\n', at);
    if (end == std::string_view::npos) end = text.size();
    if (!blank(text.substr(at, end - at))) {
      block.push_back({at, end});
    } else if (!block.empty()) {
      sink(block);
      block.clear();
    }
    at = end + (returns && text.substr(end, 2) == "\r\n" ? 2 : 1);
  }
  if (!block.empty()) sink(block);
}

}  // namespace wardmark
