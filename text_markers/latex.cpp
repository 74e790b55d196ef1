#include "text_markers/latex.h"

#include <algorithm>
#include <array>
#include <string>

#include "text_markers/text_lines.h"

namespace wardmark {
namespace {

constexpr std::array<std::string_view, 12> kProse{"document", "abstract", "quote",     "quotation",
                                                  "center",   "thm",      "theorem",   "description",
                                                  "remark",   "rmk",      "flushleft", "multicols"};

/// Commands that a paragraph of prose may not hold.
constexpr std::array<std::string_view, 22> kClosed{
    "\\begin", "\\end", "\\item",    "\\chapter",   "\\section",      "\\subsection", "\\subsubsection", "\\paragraph",
    "\\verb",  "\\\\",  "\\[",       "\\]",         "\\caption",      "\\def",        "\\newcommand",    "\\input",
    "\\label", "$$",    "\\include", "\\lstinline", "\\makeatletter", "\\bibitem"};

bool escaped(std::string_view text, std::size_t at) {
  std::size_t slashes = 0;
  while (slashes < at && text[at - 1 - slashes] == '\\') ++slashes;
  return slashes % 2 == 1;
}

/// Offset behind the line of `at` where that is a comment's sign.
std::size_t behind_comment(std::string_view text, std::size_t at) { return std::min(text.find('\n', at), text.size()); }

/// Parts of the file that are in environments of prose alone, outside braces.
class Body {
 public:
  explicit Body(std::string_view text) : text_(text) {
    const std::size_t document = text.find("\\begin{document}");
    at_ = document == std::string_view::npos ? 0 : document;
  }
  /// Offsets that lie inside something closed, as sorted pairs.
  std::vector<Passage> closed() {
    std::vector<Passage> found{{0, at_}};
    std::size_t depth = 0;
    std::size_t opened = 0;
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '%' && !escaped(text_, at_)) {
        at_ = behind_comment(text_, at_);
      } else if (c == '{' && !escaped(text_, at_)) {
        if (depth++ == 0) opened = at_;
      } else if (c == '}' && !escaped(text_, at_)) {
        if (depth > 0 && --depth == 0) found.push_back({opened, at_ + 1});
      } else if (depth == 0 && environment("\\begin{")) {
        if (!enter(found)) return found;
      } else if (depth == 0 && environment("\\end{document")) {
        break;
      }
    }
    found.push_back({depth > 0 ? opened : at_, text_.size()});
    return found;
  }

 private:
  bool environment(std::string_view command) const {
    return text_.substr(at_).starts_with(command) && !escaped(text_, at_);
  }
  /// Goes to the end of an environment that is not prose; into one that is.
  bool enter(std::vector<Passage>& found) {
    const std::size_t begin = at_;
    const std::size_t name = at_ + 7;
    const std::size_t close = text_.find('}', name);
    if (close == std::string_view::npos) {
      found.push_back({begin, text_.size()});
      return false;
    }
    const std::string_view environment = text_.substr(name, close - name);
    at_ = close;
    if (std::ranges::find(kProse, environment) != kProse.end()) return true;
    const std::string inner = "\\begin{" + std::string(environment) + "}";
    const std::string outer = "\\end{" + std::string(environment) + "}";
    for (std::size_t open = 1; open > 0;) {
      const std::size_t end = text_.find(outer, at_);
      const std::size_t again = text_.find(inner, at_);
      if (end == std::string_view::npos) {
        found.push_back({begin, text_.size()});
        return false;
      }
      open += again < end ? 1 : -1;
      at_ = again < end ? again + inner.size() : end + outer.size();
    }
    found.push_back({begin, at_});
    --at_;
    return true;
  }

  std::string_view text_;
  std::size_t at_;
};

bool holds_comment(std::string_view paragraph) {
  for (std::size_t at = 0; (at = paragraph.find('%', at)) != std::string_view::npos; ++at) {
    if (!escaped(paragraph, at)) return true;
  }
  return false;
}

bool prose(std::string_view paragraph) {
  const char first = paragraph.front();
  const bool word = (first >= 'A' && first <= 'Z') || (first >= 'a' && first <= 'z') || (first & 0x80) != 0;
  if (!word || paragraph.find('&') != std::string_view::npos || holds_comment(paragraph)) return false;
  return std::ranges::none_of(
      kClosed, [&](std::string_view command) { return paragraph.find(command) != std::string_view::npos; });
}

}  // namespace

std::vector<Passage> latex_passages(std::string_view text) {
  const std::vector<Passage> closed = Body(text).closed();
  std::vector<Passage> passages;
  auto next = closed.begin();
  each_block(text, [&](const std::vector<TextLine>& block) {
    const std::size_t begin = block.front().begin;
    const std::size_t end = block.back().end;
    while (next != closed.end() && next->end <= begin) ++next;
    // A part that reaches over the paragraph's ends closes it; one inside it is a command's argument.
    const bool inside = next != closed.end() && next->begin <= begin && next->end > begin;
    const bool across =
        std::any_of(next, closed.end(), [&](const Passage& part) { return part.begin < end && part.end > end; });
    if (!inside && !across && prose(text.substr(begin, end - begin))) passages.push_back({begin, end});
  });
  return passages;
}

}  // namespace wardmark
