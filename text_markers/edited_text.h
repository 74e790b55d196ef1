#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/bytes.h"
#include "text_markers/ghost_sentence.h"

namespace wardmark {

/// Bytes of a stored text that are a released sentence with what was put around it.
struct FoundSentence {
  std::uint64_t at = 0, length = 0;
  std::uint32_t sentence = 0;
};

/// Where released sentences stand word for word in a text that was edited since, by place and without overlap, each
/// with the span that may enclose it and one of the spaces beside it. `sentences`: which to look for; `texts`: the
/// released text of every sentence. Error(text_encoding), (text_binary).
std::vector<FoundSentence> find_sentences(ByteView file, const GhostRecipe& recipe,
                                          std::span<const std::uint32_t> sentences,
                                          const std::vector<std::string>& texts);

/// The file without them.
Bytes without(ByteView file, std::span<const FoundSentence> found);

}  // namespace wardmark
