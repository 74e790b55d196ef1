#pragma once
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "text_markers/passage.h"

namespace wardmark {

/// Which fields of a record hold its text and its name.
struct FieldNames {
  std::string text;
  std::string id;                   ///< empty: records are known by their content
  std::vector<std::string> others;  ///< fields whose values are wanted too
  std::size_t lines_before = 0;     ///< of a stream: lines that came before these
};

/// How a text is kept inside a record's field.
struct FieldCoding {
  std::string (*decode)(std::string_view stored);
  /// Offset in `stored` of byte `offset` of the decoded text.
  std::size_t (*stored_offset)(std::string_view stored, std::size_t offset);
  /// Empty where the text cannot stand there.
  std::string (*encode)(std::string_view text);
};

/// One record of a file: the bytes of its text field as stored, or what is wrong with it.
struct Record {
  std::size_t line = 0;  ///< or row or number, from 1
  std::size_t begin = 0;
  std::size_t end = 0;
  std::string id;
  std::vector<std::string> values;      ///< of FieldNames::others; empty where the record lacks one
  const FieldCoding* coding = nullptr;  ///< null: the format's
  std::string fault;                    ///< not empty: nothing can be put into this record
};

/// One kind of text file. A file is either one document, whose `passages` may take a sentence, or holds `records`, each
/// a document of an inner format.
struct TextFormat {
  std::string_view name;  ///< "markdown"
  std::string_view help;
  std::string_view extensions;  ///< ".md .markdown"
  /// Running text of one document. Offsets into `text`, which is UTF-8; never throws for odd input.
  std::vector<Passage> (*passages)(std::string_view text);
  void (*records)(std::string_view file, const FieldNames& names, const std::function<void(const Record&)>& sink);
  FieldCoding coding;
  /// What an extractor of training text keeps of a document; null: all of it.
  std::string (*main_text)(std::string_view text) = nullptr;
  /// What keeps a document from taking a sentence anywhere, or nothing; null: nothing does.
  std::string (*refusal)(std::string_view text) = nullptr;
  bool lines = false;  ///< every record is a line of its own: can be marked as a stream
};

/// The only list of text formats.
std::span<const TextFormat> text_formats();
const TextFormat* find_text_format(std::string_view name);
/// By a file name's extension, or null.
const TextFormat* text_format_for(std::string_view path);

}  // namespace wardmark
