#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/manifest.h"
#include "core/plan.h"
#include "core/report.h"
#include "text_markers/ghost_sentence.h"
#include "text_markers/text_tree.h"

namespace wardmark {

/// A release of marked texts with its record; all references outlive it.
struct ReleasedSource {
  const std::filesystem::path& release;
  const Plan& plan;
  const std::vector<ManifestItem>& items;
  const GhostRecipe& recipe;
};

/// One document that carries a sentence.
struct SentenceHost {
  std::uint32_t sentence = 0;
  std::uint64_t rank = 0;  ///< of the draw
  std::string document;
  std::size_t item = 0;  ///< index of its manifest line
};
/// For each sentence up to `each` of the documents that carry it, drawn by `order`, by sentence and rank of the draw: a
/// smaller number gives the first of a larger one's.
std::vector<SentenceHost> sentence_hosts(const std::vector<ManifestItem>& items, const Subkey& order, std::size_t each);

/// Reads the files of a release. Const members are thread-safe.
class ReleasedTexts {
 public:
  /// Error(input_missing), (read_failed).
  explicit ReleasedTexts(const ReleasedSource& source);
  const ReleasedSource& source() const { return source_; }
  /// One of its files, null where it is no longer there.
  const TextFile* file_of(const ManifestItem& item) const;
  /// Its text without these sentences of it. Error(item_unreadable), (text_changed).
  Bytes without(const ManifestItem& item, const std::vector<Insertion>& taken_out) const;
  /// The texts of all documents, where each sentence is left in those of `hosts` alone. Files that are missing or
  /// changed are told to `report` and left out; so are those of no text format, silently.
  void each_document_with(const std::vector<SentenceHost>& hosts,
                          const std::function<void(std::string_view text)>& sink, Report& report) const;

 private:
  ReleasedSource source_;
  TextTree tree_;
};

}  // namespace wardmark
