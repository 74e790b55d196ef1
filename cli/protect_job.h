#pragma once
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "cli/key_options.h"
#include "cli/release_options.h"
#include "core/manifest.h"
#include "io/record_folder.h"
#include "perturb/protect.h"

namespace wardmark {

struct Extension;

/// `protect` as typed.
struct ProtectArgs {
  ReleaseArgs release;
  KeyOptions key;
  std::string output;
  std::string extend;  ///< the record of the release that is extended
  std::string accept;  ///< codes of refusals that are no fault
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
  double settled_seconds = 0;            ///< that reading, hashing and planning took
  std::shared_ptr<Extension> extension;  ///< `plan` is then that of its batch
  std::set<std::size_t> taken;           ///< as ProtectRun::taken
};

/// What a run continues must have been asked for like this: what was typed beside a plan must agree with it.
/// Error(recipe_changed) naming `where`.
void check_against_plan(const ProtectArgs& args, const Plan& plan, const MethodInfo& method, const std::string& where);
/// Options as a plan says them: its study, and what was found of every object.
void take_study(DatasetOptions& options, const Plan& plan, const MethodInfo& method, unsigned jobs);

/// Resolves arguments, refuses what must be refused, makes or reads the plan and draws. Writes nothing.
ProtectJob settle(const ProtectArgs& args, const OwnerKey& key, Console& console, const std::atomic<bool>& stop);

/// Where the record is: --record, else beside the output.
RecordFolder record_of(const std::string& record, const std::string& output);

}  // namespace wardmark
