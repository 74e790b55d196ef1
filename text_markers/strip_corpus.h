#pragma once
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "core/key.h"
#include "core/manifest.h"
#include "core/plan.h"
#include "core/report.h"
#include "text_markers/standing_sentences.h"

namespace wardmark {

/// A sentence that was found by the key in a file that changed since its release.
struct FoundSentence {
  std::string file;
  std::uint64_t offset = 0;  ///< byte of the released file
  std::uint32_t sentence = 0;
  bool taken_out = false;  ///< false: it stands there in another form, and was left
};

/// How a release is taken apart; all references outlive it.
struct StripRun {
  const std::filesystem::path& release;
  const Plan& plan;
  const std::vector<ManifestItem>& items;
  const NameKeys& names;
  const std::filesystem::path& output;
  Report& report;
  const std::atomic<bool>& stop;
  /// What is looked for in files that changed since; null: those are refused.
  const SentenceBook* edited = nullptr;
  std::function<void(const FoundSentence&)> found;
};

struct StripOutcome {
  std::uint64_t restored = 0;
  std::uint64_t edited = 0;  ///< files that had changed, written without the sentences found in them
  std::uint64_t refused = 0;
  std::uint64_t left_in = 0;  ///< sentences in another form, which still stand
  bool interrupted = false;
};

/// Writes the corpus as it was before marking: takes the recorded sentences out of the released files under `release`
/// and compares with the hash of the input. A file that changed since its release is refused, or with `edited` written
/// without the sentences of the release that stand in it, each told to `found`. The release itself is only read.
StripOutcome strip_corpus(const StripRun& run);

/// The same of one file that is the output of a stream and was edited since.
StripOutcome strip_edited_file(const StripRun& run);

}  // namespace wardmark
