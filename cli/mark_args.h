#pragma once
#include <atomic>
#include <optional>
#include <string>
#include <vector>

#include "cli/exit_status.h"
#include "cli/ghost_options.h"
#include "cli/key_options.h"

namespace wardmark {

/// The options of `mark`, as typed.
struct MarkArgs {
  std::string input;
  std::string output;
  KeyOptions key;
  GhostArgs ghost;
  GhostRelease release;
  std::string plan;
  std::string beacon;
  std::string record;
  std::string shard;
  int shard_base = -1;
  bool strip = false;
  bool edited = false;
  bool dry_run = false;
  bool survival = false;
  bool survival_only = false;
  std::vector<std::string> limits;
  bool resume = false;
  bool overwrite = false;
};

/// A stream: the input or the output is "-".
bool is_stream(const MarkArgs& args);
/// Marks a stream, or with --strip takes the sentences of one out.
ExitStatus mark_stream_command(const MarkArgs& args, const OwnerKey& key, Console& console,
                               const std::atomic<bool>& stop);

/// First line of a run's manifest.
ManifestHeader mark_header(const Plan& plan, const std::optional<BeaconRound>& beacon, Shard shard);

}  // namespace wardmark
