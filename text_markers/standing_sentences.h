#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "text_markers/corpus_scan.h"
#include "text_markers/ghost_sentence.h"

namespace wardmark {

/// A sentence of a release where it stands in a text.
struct StandingSentence {
  std::size_t begin = 0;  ///< with the space that was put before it
  std::size_t end = 0;
  std::uint32_t sentence = 0;
  bool whole = false;  ///< all of it, lead-in to full stop, stands there; case and white space may differ
};

/// The released sentences of a release, to be found in texts that changed since. Const members are thread-safe.
class SentenceBook {
 public:
  /// `released`: the candidate of each sentence that was published.
  SentenceBook(const GhostSentences& book, const std::vector<std::uint32_t>& released);
  const GhostRecipe& recipe() const { return recipe_; }
  /// By place, none over another. `text` is a file's UTF-8 text: sentences stand in it as they are, or as in a JSON
  /// string.
  std::vector<StandingSentence> standing(std::string_view text) const;

 private:
  GhostRecipe recipe_;
  std::vector<std::string> before_;  ///< of each sentence: what stands before its words
  std::vector<std::string> behind_;
  ScanIndex index_;
};

}  // namespace wardmark
