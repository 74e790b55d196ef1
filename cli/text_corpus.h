#pragma once
#include <functional>
#include <string>
#include <string_view>

#include "core/report.h"

namespace wardmark {

/// How the documents of a corpus are found, as typed.
struct TextCorpusArgs {
  std::string path;   ///< a file or a folder
  std::string field;  ///< of records: the name of the text field
};

/// Hands out the text of every document in order of the paths: of files in the formats that `mark` reads; others are
/// passed over, and what is unreadable as text is refused to `report`. Error(input_missing), (input_empty).
void each_document_of(const TextCorpusArgs& corpus, const std::function<void(std::string_view text)>& sink,
                      Report& report);

}  // namespace wardmark
