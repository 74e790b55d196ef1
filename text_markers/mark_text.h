#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/manifest.h"
#include "text_markers/documents.h"
#include "text_markers/ghost_sentence.h"

namespace wardmark {

/// Which documents carry a sentence: those whose ticket's rank is at most the threshold of its sentence. One threshold
/// per sentence; all UINT64_MAX when every document is marked.
using Thresholds = std::vector<std::uint64_t>;

/// Finds thresholds such that each sentence goes into its `documents` first documents that have a place for it. Memory:
/// `sentences` x `documents` numbers. Not thread-safe.
class ThresholdSearch {
 public:
  explicit ThresholdSearch(const GhostRecipe& recipe);
  /// True when a document of this ticket would be among the first; only then its text need be looked at.
  bool wants(const DocumentDraw::Ticket& ticket) const;
  void take(const DocumentDraw::Ticket& ticket);
  Thresholds finish() const;
  /// Documents taken in all.
  std::uint64_t documents() const;

 private:
  std::size_t limit_;
  std::vector<std::vector<std::uint64_t>> heaps_;  // largest first
};

/// Thresholds of a release that does not count documents: every one, or the recipe's fraction of them.
Thresholds open_thresholds(const GhostRecipe& recipe);

/// What decides over every document of a release; all references outlive it. Thread-safe.
struct MarkRules {
  const GhostRecipe& recipe;
  const DocumentDraw& documents;
  const Subkey& place_key;  ///< of the places inside documents
  const Thresholds& thresholds;
  const std::vector<std::string>& sentences;  ///< released texts by sentence
};

/// Bytes to put in before byte `at` of the input.
struct Splice {
  std::uint64_t at = 0;
  std::string bytes;
  std::uint32_t sentence = 0;
  std::string document;
};

struct MarkedText {
  std::vector<Splice> splices;  ///< by place
  std::vector<Note> notes;      ///< at most 100; `faults` counts all
  std::uint64_t documents = 0;
  std::uint64_t faults = 0;  ///< records that were kept as they are because they are broken
  std::uint64_t not_drawn = 0;
};

/// The sentence that goes into one document: its bytes with the spaces around them.
struct DrawnSentence {
  std::size_t place = 0;  ///< in the document's own text
  std::string bytes;
  std::uint32_t sentence = 0;
};

/// What is done with one document.
struct Decision {
  bool drawn = false;
  std::optional<Note> why;               ///< drawn, but no sentence can go in
  std::vector<DrawnSentence> sentences;  ///< by place: one, or its copies
};

/// Decides over a document that has no fault. `text` gives its own text, and is only called when it is drawn.
Decision decide_document(const Document& document, const MarkRules& rules,
                         const std::function<std::string_view()>& text);

/// Why a document can take no sentence, or nothing when it can. `places` are then offsets into `text`, in order.
std::optional<Note> document_places(std::string_view text, const Document& document, const GhostRecipe& recipe,
                                    const Subkey& place_key, std::vector<std::size_t>& places);

/// Decides over one document of `text` and adds what becomes of it; the splice is an offset into `text` and UTF-8.
void mark_document(std::string_view text, const Document& document, const MarkRules& rules, MarkedText& marked);

/// Every document of the file that carries a sentence. Error of Kind::item for a file that cannot be read as text.
MarkedText mark_text(ByteView file, std::string_view file_id, const TextFormat& format, const MarkRules& rules);

/// Hash of a text in which line ends do not count: a checkout on another system is the same text. `stored` is
/// output_digest(file), of which it is made where the file has no CR.
Digest text_content(ByteView file, const Digest& stored);

/// The file with the splices in; `insertions` says where they are in the result.
Bytes splice(ByteView file, std::span<const Splice> splices, std::vector<Insertion>& insertions);
/// True where `marked` without the insertions is `file`.
bool only_adds(ByteView file, ByteView marked, std::span<const Insertion> insertions);
/// The file without them. Error(record_altered) when one lies outside the file or they overlap.
Bytes unsplice(ByteView file, std::span<const Insertion> insertions);

}  // namespace wardmark
