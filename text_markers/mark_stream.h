#pragma once
#include <atomic>
#include <cstdint>
#include <map>

#include "core/manifest.h"
#include "core/plan.h"
#include "io/byte_stream.h"
#include "io/record_folder.h"
#include "text_markers/mark_text.h"

namespace wardmark {

/// Records that come once, one a line, and leave in the same order. All references outlive it.
struct StreamRun {
  PackedReader& in;
  PackedWriter& out;
  const TextFormat& format;  ///< one with `lines`
  const MarkRules& rules;    ///< of `thresholds`
  Thresholds& thresholds;    ///< a sentence that stands in enough documents gets 0
  const Plan& plan;
  const ReleaseKeys& keys;
  const ManifestHeader& header;
  const RecordFolder& record;
  Report& report;
  const std::atomic<bool>& stop;
  std::size_t longest_line = std::size_t{32} << 20;  ///< longer ones are passed on as they are
};

struct StreamOutcome {
  std::uint64_t records = 0;
  std::uint64_t sentences = 0;  ///< put in
  std::uint64_t faults = 0;     ///< records kept as they are because they are broken or too long
  std::uint64_t bytes_out = 0;
  bool interrupted = false;
  std::map<Code, std::uint64_t> codes;
};

/// Marks a stream in constant memory: pieces of whole lines, of some megabytes, are marked, written and recorded one by
/// one, each a line of the manifest with the hash of its output. A record's sentence depends on the key and on its id,
/// or its text where it has none. Error of Kind::failed ends it.
StreamOutcome mark_stream(const StreamRun& run);

/// The reverse: takes the recorded sentences out of a marked stream. Error(text_changed) where it is not the one of the
/// record; what was written before stays.
void strip_stream(PackedReader& in, PackedWriter& out, const std::vector<ManifestItem>& items, Report& report);

}  // namespace wardmark
