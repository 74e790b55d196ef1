#include <array>

#include "io/item_id.h"
#include "text_markers/html.h"
#include "text_markers/json_lines.h"
#include "text_markers/latex.h"
#include "text_markers/markdown.h"
#include "text_markers/plain_text.h"
#include "text_markers/restructured_text.h"
#include "text_markers/table_text.h"
#include "text_markers/text_format.h"

namespace wardmark {
namespace {

constexpr std::array kFormats{
    TextFormat{"text", "plain text: paragraphs of two or more sentences", ".txt .text", plain_passages, nullptr, {}},
    TextFormat{
        "markdown", "Markdown (GitHub's): paragraphs and list items", ".md .markdown", markdown_passages, nullptr, {}},
    TextFormat{"html",
               "HTML: visible paragraphs of the body",
               ".html .htm .xhtml",
               html_passages,
               nullptr,
               {},
               html_main_text},
    TextFormat{"jsonl",
               "JSON lines: the text field of every record",
               ".jsonl .ndjson",
               nullptr,
               json_records,
               {json_decode, json_stored_offset, json_encode},
               nullptr,
               nullptr,
               true},
    TextFormat{"json",
               "JSON: the text field of an object, or of every object of a list",
               ".json",
               nullptr,
               json_file_records,
               {json_decode, json_stored_offset, json_encode}},
    TextFormat{"csv", "comma-separated values (RFC 4180): the text column", ".csv", nullptr, csv_records, {}},
    TextFormat{"tsv", "tab-separated values: the text column", ".tsv", nullptr, tsv_records, {}},
    TextFormat{"rst", "reStructuredText: body paragraphs", ".rst", rst_passages, nullptr, {}},
    TextFormat{
        "latex", "LaTeX: paragraphs of prose", ".tex .latex", latex_passages, nullptr, {}, nullptr, latex_unknown},
};

}  // namespace

std::span<const TextFormat> text_formats() { return kFormats; }

const TextFormat* find_text_format(std::string_view name) {
  for (const TextFormat& format : kFormats) {
    if (format.name == name) return &format;
  }
  return nullptr;
}

const TextFormat* text_format_for(std::string_view path) {
  const std::string extension = extension_of(path);
  if (extension.empty()) return nullptr;
  for (const TextFormat& format : kFormats) {
    const std::string known = " " + std::string(format.extensions) + " ";
    if (known.find(" " + extension + " ") != std::string::npos) return &format;
  }
  return nullptr;
}

}  // namespace wardmark
