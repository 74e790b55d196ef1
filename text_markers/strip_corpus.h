#pragma once
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/manifest.h"
#include "core/plan.h"
#include "core/release.h"
#include "core/report.h"
#include "text_markers/edited_text.h"
#include "text_markers/ghost_sentence.h"

namespace wardmark {

/// A file that changed since its release and was freed of its sentences by their words.
struct EditedFile {
  std::string id;
  std::vector<FoundSentence> found;
};

struct StripOutcome {
  std::uint64_t restored = 0;
  std::vector<EditedFile> edited;
  std::uint64_t refused = 0;
  bool interrupted = false;
};

/// What edited files are searched for.
struct EditedSearch {
  const GhostSentences& book;
  const std::vector<std::string>& texts;         ///< released, by sentence
  const std::vector<std::uint32_t>& candidates;  ///< released candidate of each sentence
};

/// Writes the corpus as it was before marking: takes the recorded sentences out of the released files under `release`
/// and compares with the hash of the input. A file that changed since its release is refused, with `edited`:
/// then its sentences are taken out where they stand word for word, and it is
/// refused only where one is left in another form.
StripOutcome strip_corpus(const std::filesystem::path& release, const Plan& plan,
                          const std::vector<ManifestItem>& items, const NameKeys& names,
                          const std::filesystem::path& output, const EditedSearch* edited, Report& report,
                          const std::atomic<bool>& stop);

}  // namespace wardmark
