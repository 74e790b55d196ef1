#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "text_markers/released_texts.h"

namespace wardmark {

/// What stands in front of a sentence of a release, in a document that carries it.
struct HostContext {
  std::uint32_t sentence = 0;
  std::string document;
  std::string before;  ///< ends where the sentence begins, with a space where it needs one
};

/// For each sentence up to `each` documents, drawn by `order` among those that carry it, sorted by sentence and rank of
/// the draw. The text is that of the document before marking (the recorded sentences are taken out first), so that
/// it holds no sentence and does not depend on which candidate was released; the last `bytes` of it, from a white space
/// on. Files that are missing or changed since their release are told to `report` and left out. A release
/// that came as a stream has no files: none. Cost: reads the files of the drawn documents.
std::vector<HostContext> host_contexts(const ReleasedSource& source, const Subkey& place_key, const Subkey& order,
                                       unsigned each, std::size_t bytes, Report& report);

}  // namespace wardmark
