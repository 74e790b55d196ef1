#pragma once
#include <optional>
#include <string>

#include "cli/key_options.h"
#include "cli/release_options.h"
#include "core/manifest.h"
#include "io/record_folder.h"
#include "perturb/protect.h"

namespace wardmark {

/// `protect` as typed.
struct ProtectArgs {
  ReleaseArgs release;
  KeyOptions key;
  std::string output;
  std::string plan;
  std::string beacon;
  std::string record;
  std::string shard;
  int shard_base = -1;
  std::string preview;
  std::string survives;
  std::string device = "auto";
  std::string precision = "auto";
  bool fit_only = false;
  unsigned jobs = default_jobs();
  bool dry_run = false;
  bool resume = false;
  bool overwrite = false;
};

/// "i/N", or "auto/N" with i from the array variable of Slurm, Kubernetes or AWS Batch (base 1, 0, 0, or --shard-base).
/// Error(shard).
Shard parse_shard(const std::string& text, int base);

/// Everything that is settled before the first byte is written.
struct ProtectJob {
  const MethodInfo* method = nullptr;
  OpenInput input;
  std::optional<Plan> plan;  ///< empty: stopped by a signal while reading
  std::string plan_text;
  std::optional<RecordFolder> record;
  Shard shard;
  bool resume = false;  ///< an earlier run of the same recipe is continued
  Draw draw;
  ManifestHeader header;
  std::unique_ptr<Protector> protector;  ///< of a fitted method without its fit, until that is there
  Budget budget;
};

/// Resolves arguments, refuses what must be refused, makes or reads the plan and draws. Writes nothing.
ProtectJob settle(const ProtectArgs& args, const OwnerKey& key, Console& console, const std::atomic<bool>& stop);

/// Where the record is: --record, else beside the output.
RecordFolder record_of(const std::string& record, const std::string& output);

}  // namespace wardmark
