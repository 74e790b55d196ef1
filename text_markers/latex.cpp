#include "text_markers/latex.h"

#include <algorithm>
#include <array>
#include <string>

#include "text_markers/text_lines.h"

namespace wardmark {
namespace {

/// Environments whose paragraphs are running text.
constexpr std::array<std::string_view, 12> kProse{"document", "abstract", "quote",     "quotation",
                                                  "center",   "thm",      "theorem",   "description",
                                                  "remark",   "rmk",      "flushleft", "multicols"};

/// Environments whose text is not LaTeX.
constexpr std::array<std::string_view, 6> kVerbatim{"verbatim", "lstlisting", "Verbatim", "minted", "comment", "alltt"};

/// Environments known to hold something else, or prose that is left alone; a star behind the name does not count.
constexpr std::array<std::string_view, 72> kOther{
    "align",       "alignat",     "aligned",       "algorithm", "algorithmic",
    "appendices",  "appendix",    "array",         "axiom",     "bmatrix",
    "cases",       "claim",       "conjecture",    "cor",       "corollary",
    "defn",        "definition",  "displaymath",   "enumerate", "eqnarray",
    "equation",    "eg",          "example",       "exercise",  "figure",
    "flalign",     "flushright",  "footnotesize",  "frame",     "gather",
    "gathered",    "itemize",     "keywords",      "large",     "lem",
    "lemma",       "list",        "longtable",     "math",      "mathpar",
    "matrix",      "minipage",    "multline",      "notation",  "note",
    "picture",     "pmatrix",     "problem",       "proof",     "prop",
    "proposition", "question",    "sidewaystable", "small",     "smallmatrix",
    "solution",    "split",       "subequations",  "subfigure", "subtable",
    "tabbing",     "table",       "tabular",       "tabularx",  "thebibliography",
    "tikzcd",      "tikzpicture", "titlepage",     "trivlist",  "verse",
    "vmatrix",     "wrapfigure"};

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

bool known(std::string_view environment) {
  if (environment.ends_with('*')) environment.remove_suffix(1);
  return std::ranges::find(kProse, environment) != kProse.end() ||
         std::ranges::find(kOther, environment) != kOther.end() ||
         std::ranges::find(kVerbatim, environment) != kVerbatim.end();
}

/// Between the braces that open at `at`, or nothing.
std::string_view argument(std::string_view text, std::size_t at) {
  const std::size_t close = text.find('}', at);
  return close == std::string_view::npos ? std::string_view() : text.substr(at + 1, close - at - 1);
}

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

std::string latex_unknown(std::string_view text) {
  constexpr std::string_view kBegin = "\\begin{";
  std::vector<std::string_view> theorems;
  for (const std::string_view command : {"\\newtheorem{", "\\newtheorem*{"}) {
    for (std::size_t at = 0; (at = text.find(command, at)) != std::string_view::npos; at += command.size()) {
      theorems.push_back(argument(text, at + command.size() - 1));
    }
  }
  for (std::size_t at = 0; at < text.size(); ++at) {
    at = text.find_first_of("\\%", at);
    if (at == std::string_view::npos) break;
    if (text[at] == '%') {
      if (!escaped(text, at)) at = behind_comment(text, at);
      continue;
    }
    if (!text.substr(at).starts_with(kBegin) || escaped(text, at)) continue;
    const std::string_view environment = argument(text, at + kBegin.size() - 1);
    if (!known(environment) && std::ranges::find(theorems, environment) == theorems.end()) {
      return std::string(environment);
    }
    std::string_view bare = environment;
    if (bare.ends_with('*')) bare.remove_suffix(1);
    if (std::ranges::find(kVerbatim, bare) == kVerbatim.end()) continue;
    at = text.find("\\end{" + std::string(environment) + "}", at);
    if (at == std::string_view::npos) break;
  }
  return {};
}

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
