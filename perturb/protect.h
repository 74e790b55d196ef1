#pragma once
#include <array>
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/budget.h"
#include "core/dataset.h"
#include "core/manifest.h"
#include "core/plan.h"
#include "core/report.h"
#include "io/record_folder.h"
#include "perturb/method.h"

namespace wardmark {

/// Everything one run of the loop needs; all references outlive it.
struct ProtectRun {
  const DatasetReader& reader;
  DatasetWriter& writer;
  const Plan& plan;
  const NameKeys& names;
  const ReleaseKeys& keys;
  const Draw& draw;
  const ManifestHeader& header;
  const RecordFolder& record;
  const MethodInfo& method;
  const Protector& protector;
  Budget budget;
  std::filesystem::path single_file;  ///< the output, when it is one file of many items; else empty
  Shard shard;
  unsigned jobs = 1;
  bool resume = false;
  Report& report;
  const std::atomic<bool>& stop;  ///< set by a signal: finish the items in hand, then return
  /// Places of items that are refused as they are: other files of the release have their names.
  std::set<std::size_t> taken = {};
};

/// Measures over many items in constant memory: worst item, and PSNR in bins of a tenth of a decibel for the median.
class MeasureSummary {
 public:
  void add(const ManifestItem& item);
  std::uint64_t changed() const { return changed_; }
  std::uint64_t visible() const { return visible_; }
  double median_psnr() const;
  const std::string& worst_item() const { return worst_item_; }
  const Measured& worst() const { return worst_; }
  std::int32_t worst_ssim() const { return worst_ssim_; }
  std::int32_t worst_ciede2000() const { return worst_ciede2000_; }
  std::int32_t worst_survival() const { return worst_survival_; }

 private:
  static constexpr int kBins = 1000;  // 0 to 100 dB
  std::array<std::uint64_t, kBins> psnr_bins_{};
  std::uint64_t changed_ = 0;
  std::uint64_t visible_ = 0;
  std::string worst_item_;
  Measured worst_;
  std::int32_t worst_ssim_ = 10000;
  std::int32_t worst_ciede2000_ = 0;
  std::int32_t worst_survival_ = 10000;
};

struct ProtectOutcome {
  std::uint64_t items = 0;  ///< of this shard
  std::uint64_t protected_ = 0;
  std::uint64_t left = 0;
  std::uint64_t refused = 0;
  std::uint64_t resumed = 0;  ///< of these, already done by an earlier run
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  bool interrupted = false;
  std::map<Code, std::uint64_t> codes;  ///< notes and refusals by code
  MeasureSummary measures;
  std::optional<ManifestFooter> footer;  ///< when finished
};

/// Decode, change, encode, read back and measure each item of the shard in one pass, on `jobs` threads with a bounded
/// window; files and manifest lines become durable in plan order, in batches of at most 64. An item's refusal is
/// recorded and the rest goes on; Error of Kind::failed ends the run after what was complete has been committed.
/// Killed at any moment, the same call with `resume` gives the bytes of an uninterrupted run.
ProtectOutcome protect(const ProtectRun& run);

/// One item as protect() treats it, without writing: for dry runs and previews.
struct Trial {
  ManifestItem item;
  Image original;
  Image released;
  int orientation = 1;
  std::uint64_t bytes_out = 0;
};
/// Error of Kind::item as protect() would record it. Thread-safe.
/// `place`: where the reader has it, of match_items().
Trial try_item(const ProtectRun& run, std::size_t plan_index, std::optional<std::size_t> place);

/// Up to `count` items of the plan, drawn by the key, in plan order.
std::vector<std::size_t> keyed_sample(const Plan& plan, const ReleaseKeys& keys, std::size_t count);

}  // namespace wardmark
