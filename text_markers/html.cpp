#include "text_markers/html.h"

#include <gumbo.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <string>

#include "io/item_id.h"

namespace wardmark {
namespace {

constexpr std::array kClosed{
    GUMBO_TAG_ASIDE,    GUMBO_TAG_FOOTER,  GUMBO_TAG_FORM,     GUMBO_TAG_HEADER,   GUMBO_TAG_NAV,    GUMBO_TAG_OBJECT,
    GUMBO_TAG_SCRIPT,   GUMBO_TAG_STYLE,   GUMBO_TAG_PRE,      GUMBO_TAG_CODE,     GUMBO_TAG_FIGURE, GUMBO_TAG_TABLE,
    GUMBO_TAG_TEXTAREA, GUMBO_TAG_SVG,     GUMBO_TAG_MATH,     GUMBO_TAG_NOSCRIPT, GUMBO_TAG_IFRAME, GUMBO_TAG_BUTTON,
    GUMBO_TAG_LABEL,    GUMBO_TAG_DETAILS, GUMBO_TAG_TEMPLATE, GUMBO_TAG_HEAD,     GUMBO_TAG_MENU};

/// Words in class or id by which extractors tell boilerplate, or what is hidden. "bar" or "nav" match inside longer
/// words too: so do the extractors.
constexpr std::array<std::string_view, 36> kBoilerplate{
    "share",   "social",    "newsletter", "tags",    "sidebar",   "banner",    "breadcrumb",   "button", "author",
    "footer",  "nav",       "menu",       "related", "premium",   "bar",       "widget",       "meta",   "byline",
    "rating",  "timestamp", "consent",    "overlay", "slide",     "embed",     "options",      "hidden", "hide-",
    "noprint", "notloaded", "message",    "-reply-", "invisible", "collapsed", "display-none", "advert", "reference"};

bool hidden(const GumboElement& element) {
  const auto value = [&](const char* name) {
    const GumboAttribute* attribute = gumbo_get_attribute(&element.attributes, name);
    return attribute == nullptr ? std::string() : lower_ascii(attribute->value);
  };
  if (gumbo_get_attribute(&element.attributes, "hidden") != nullptr || value("aria-hidden") == "true") return true;
  if (gumbo_get_attribute(&element.attributes, "contenteditable") != nullptr) return true;
  const std::string style = value("style");
  if (style.find("hidden") != std::string::npos || style.find("none") != std::string::npos) return true;
  if (element.tag == GUMBO_TAG_BODY || element.tag == GUMBO_TAG_HTML) return false;
  const std::string names = value("class") + " " + value("id") + " " + value("role");
  return std::ranges::any_of(kBoilerplate,
                             [&](std::string_view word) { return names.find(word) != std::string::npos; });
}

bool closed(const GumboElement& element) {
  return std::ranges::find(kClosed, element.tag) != kClosed.end() || hidden(element);
}

bool holds_text(GumboTag tag) { return tag == GUMBO_TAG_P || tag == GUMBO_TAG_LI || tag == GUMBO_TAG_BLOCKQUOTE; }

/// The text's place in the source; false where the parser made it up.
bool source_of(std::string_view source, const GumboNode& node, Passage& passage) {
  const GumboStringPiece& piece = node.v.text.original_text;
  if (piece.data < source.data() || piece.data + piece.length > source.data() + source.size()) return false;
  passage.begin = static_cast<std::size_t>(piece.data - source.data());
  passage.end = passage.begin + piece.length;
  return true;
}

struct OutputCloser {
  void operator()(GumboOutput* output) const { gumbo_destroy_output(&kGumboDefaultOptions, output); }
};
using Page = std::unique_ptr<GumboOutput, OutputCloser>;

Page parse(std::string_view text) {
  GumboOptions options = kGumboDefaultOptions;
  options.max_errors = 0;
  return Page(gumbo_parse_with_options(&options, text.data(), text.size()));
}

bool begins_line(GumboTag tag) {
  constexpr std::array kBlocks{GUMBO_TAG_P,       GUMBO_TAG_LI,      GUMBO_TAG_DIV,        GUMBO_TAG_H1,
                               GUMBO_TAG_H2,      GUMBO_TAG_H3,      GUMBO_TAG_H4,         GUMBO_TAG_H5,
                               GUMBO_TAG_H6,      GUMBO_TAG_UL,      GUMBO_TAG_BLOCKQUOTE, GUMBO_TAG_OL,
                               GUMBO_TAG_SECTION, GUMBO_TAG_ARTICLE, GUMBO_TAG_DD,         GUMBO_TAG_DT,
                               GUMBO_TAG_BR,      GUMBO_TAG_MAIN,    GUMBO_TAG_HR,         GUMBO_TAG_BODY};
  return std::ranges::find(kBlocks, tag) != kBlocks.end();
}

void end_line(std::string& kept) {
  while (kept.ends_with(' ')) kept.pop_back();
  if (!kept.empty() && !kept.ends_with('\n')) kept += '\n';
}

void append_collapsed(std::string& kept, const char* text) {
  for (; *text != '\0'; ++text) {
    const bool white = *text == ' ' || *text == '\t' || *text == '\n' || *text == '\r' || *text == '\f';
    if (!white) {
      kept += *text;
    } else if (!kept.empty() && kept.back() != ' ' && kept.back() != '\n') {
      kept += ' ';
    }
  }
}

}  // namespace

std::string html_main_text(std::string_view text) {
  const Page page = parse(text);
  std::string kept;
  std::vector<std::pair<const GumboNode*, bool>> pending{{page->root, false}};  // and whether it is being left
  while (!pending.empty()) {
    const auto [node, leaving] = pending.back();
    pending.pop_back();
    if (node->type == GUMBO_NODE_TEXT || node->type == GUMBO_NODE_WHITESPACE) append_collapsed(kept, node->v.text.text);
    if (node->type != GUMBO_NODE_ELEMENT || (!leaving && closed(node->v.element))) continue;
    if (begins_line(node->v.element.tag)) end_line(kept);
    if (leaving) continue;
    pending.emplace_back(node, true);
    const GumboVector& children = node->v.element.children;
    for (unsigned i = children.length; i-- > 0;) {
      pending.emplace_back(static_cast<const GumboNode*>(children.data[i]), false);
    }
  }
  end_line(kept);
  return kept;
}

std::vector<Passage> html_passages(std::string_view text) {
  const Page page = parse(text);
  std::vector<Passage> passages;
  std::vector<const GumboNode*> pending{page->root};
  while (!pending.empty()) {
    const GumboNode* node = pending.back();
    pending.pop_back();
    if (node->type != GUMBO_NODE_ELEMENT || closed(node->v.element)) continue;
    const GumboVector& children = node->v.element.children;
    for (unsigned i = children.length; i-- > 0;) pending.push_back(static_cast<const GumboNode*>(children.data[i]));
    if (!holds_text(node->v.element.tag)) continue;
    for (unsigned i = 0; i < children.length; ++i) {
      const auto* child = static_cast<const GumboNode*>(children.data[i]);
      Passage passage;
      if (child->type == GUMBO_NODE_TEXT && source_of(text, *child, passage)) passages.push_back(passage);
    }
  }
  std::ranges::sort(passages, {}, &Passage::begin);
  return passages;
}

}  // namespace wardmark
