#include "text_markers/markdown.h"

#include <cmark-gfm-core-extensions.h>
#include <cmark-gfm.h>

#include <algorithm>
#include <memory>
#include <string>

namespace wardmark {
namespace {

/// Offset of every line's first byte, and the end of the text.
std::vector<std::size_t> line_starts(std::string_view text) {
  std::vector<std::size_t> starts{0};
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find_first_of("\r\n", at);
    if (end == std::string_view::npos) break;
    at = end + (text.substr(end, 2) == "\r\n" ? 2 : 1);
    starts.push_back(at);
  }
  starts.push_back(text.size());
  return starts;
}

/// Bytes of YAML ("---") or TOML ("+++") front matter.
std::size_t front_matter(std::string_view text) {
  for (const std::string_view fence : {"---", "+++"}) {
    if (!text.starts_with(fence) || text.size() < 4 || (text[3] != '\n' && text[3] != '\r')) continue;
    const std::size_t close = text.find("\n" + std::string(fence), 3);
    if (close == std::string_view::npos) continue;
    const std::size_t end = text.find('\n', close + 1);
    return end == std::string_view::npos ? text.size() : end + 1;
  }
  return 0;
}

/// Lines that are more than running text: templates, raw HTML, link definitions, shortcodes.
bool plain_enough(std::string_view paragraph) {
  if (paragraph.find("{%") != std::string_view::npos || paragraph.find("{{") != std::string_view::npos) return false;
  if (paragraph.find('<') != std::string_view::npos || paragraph.find("]:") != std::string_view::npos) return false;
  const std::size_t first = paragraph.find_first_not_of(" \t");
  return first != std::string_view::npos && std::string_view("|:[!").find(paragraph[first]) == std::string_view::npos;
}

bool holds_running_text(cmark_node* node) {
  if (cmark_node_get_type(node) != CMARK_NODE_PARAGRAPH) return false;
  const cmark_node_type parent = cmark_node_get_type(cmark_node_parent(node));
  return parent == CMARK_NODE_DOCUMENT || parent == CMARK_NODE_ITEM;
}

struct ParserCloser {
  void operator()(cmark_parser* parser) const { cmark_parser_free(parser); }
};

}  // namespace

std::vector<Passage> markdown_passages(std::string_view text) {
  cmark_gfm_core_extensions_ensure_registered();
  const std::size_t skipped = front_matter(text);
  const std::string_view body = text.substr(skipped);
  const std::unique_ptr<cmark_parser, ParserCloser> parser(cmark_parser_new(CMARK_OPT_FOOTNOTES));
  cmark_parser_attach_syntax_extension(parser.get(), cmark_find_syntax_extension("table"));
  cmark_parser_feed(parser.get(), body.data(), body.size());
  cmark_node* document = cmark_parser_finish(parser.get());
  const std::unique_ptr<cmark_node, void (*)(cmark_node*)> root(document, cmark_node_free);
  const std::unique_ptr<cmark_iter, void (*)(cmark_iter*)> walk(cmark_iter_new(document), cmark_iter_free);

  const std::vector<std::size_t> starts = line_starts(body);
  std::vector<Passage> passages;
  while (cmark_iter_next(walk.get()) != CMARK_EVENT_DONE) {
    cmark_node* node = cmark_iter_get_node(walk.get());
    if (!holds_running_text(node)) continue;
    const int first = cmark_node_get_start_line(node);
    const int last = cmark_node_get_end_line(node);
    if (first < 1 || last < first || static_cast<std::size_t>(last) >= starts.size()) continue;
    Passage p{starts[static_cast<std::size_t>(first) - 1], starts[static_cast<std::size_t>(last)]};
    if (!passages.empty() && passages.back().begin == p.begin + skipped) continue;  // entered and left
    while (p.end > p.begin && (body[p.end - 1] == '\n' || body[p.end - 1] == '\r')) --p.end;
    if (plain_enough(body.substr(p.begin, p.end - p.begin))) passages.push_back({p.begin + skipped, p.end + skipped});
  }
  return passages;
}

}  // namespace wardmark
