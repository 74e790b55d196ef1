#pragma once
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <vector>

#include "core/manifest.h"
#include "core/plan.h"
#include "io/record_folder.h"
#include "text_markers/mark_text.h"
#include "text_markers/survey_corpus.h"
#include "text_markers/text_tree.h"

namespace wardmark {

/// One run over a corpus; all references outlive it.
struct MarkRun {
  const TextTree& tree;
  const Plan& plan;
  const NameKeys& names;
  const ReleaseKeys& keys;
  const MarkRules& rules;
  const ManifestHeader& header;
  const RecordFolder& record;
  std::filesystem::path output;
  Shard shard;
  bool resume = false;
  Report& report;
  const std::atomic<bool>& stop;
};

struct MarkOutcome {
  std::uint64_t items = 0;
  std::uint64_t marked = 0;  ///< files with at least one sentence
  std::uint64_t left = 0;
  std::uint64_t refused = 0;
  std::uint64_t resumed = 0;
  std::uint64_t sentences = 0;  ///< put in
  std::uint64_t faults = 0;     ///< files with records that had to be kept as they are
  std::uint64_t bytes_out = 0;
  bool interrupted = false;
  std::map<Code, std::uint64_t> codes;  ///< remarks by code
  std::optional<ManifestFooter> footer;
};

/// Marks one file as mark_corpus() does, without writing; `out` are the released bytes. Error of Kind::item becomes a
/// refusal in the item. Thread-safe.
ManifestItem mark_file(const MarkRun& run, std::size_t n, Bytes& out);

/// Marks every file of the shard in order of the plan. Files and manifest lines become durable in batches; killed at
/// any moment, the same call with `resume` gives the bytes of an uninterrupted run. Error of Kind::failed ends it.
MarkOutcome mark_corpus(const MarkRun& run);

}  // namespace wardmark
