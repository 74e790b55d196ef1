#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "core/report.h"
#include "text_markers/ghost_sentence.h"
#include "text_markers/text_encoding.h"
#include "text_markers/text_format.h"

namespace wardmark {

/// One document of a file, its text not decoded yet.
struct Document {
  std::string id;         ///< the file's, the record's own, or file's and a hash of the record's text
  std::size_t begin = 0;  ///< its bytes in the file's UTF-8 text
  std::size_t end = 0;
  const TextFormat* format = nullptr;   ///< of the document's own text
  const FieldCoding* coding = nullptr;  ///< null: the bytes are the text
  std::string group;                    ///< documents of one share a sentence; empty: it has its own
  bool excluded = false;                ///< the recipe leaves it alone
  std::optional<Note> fault;            ///< this record can take nothing
};

/// Every document of a file in order. Error(text_field) when records are given without the name of their field.
void each_document(std::string_view text, std::string_view file_id, const TextFormat& format, const GhostRecipe& recipe,
                   const std::function<void(const Document&)>& sink, std::size_t lines_before = 0);

/// A document's own text: a part of `file`, or decoded into `buffer`.
std::string_view document_text(std::string_view file, const Document& document, std::string& buffer);

/// Text of a record without a declared kind that would read otherwise as HTML or Markdown.
bool looks_like_markup(std::string_view text);

}  // namespace wardmark
