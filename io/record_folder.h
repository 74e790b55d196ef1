#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wardmark {

/// A part of a run: shard `index` of `count`, from 1.
struct Shard {
  std::uint32_t index = 1;
  std::uint32_t count = 1;
  bool whole() const { return count == 1; }
};

/// The private record of a release: OUT.wardmark/ beside the output, mode 0700, files 0600.
///
///   plan.json                 the sealed plan
///   manifest.jsonl            the sealed manifest; without its footer while a run is under way
///   manifest.i-of-N.jsonl     the same of one shard
///   fit.sealed                what a fitted method was fitted to
///   plan.batch-N.json         the sealed plan of items that were added later, N from 1
///   manifest.batch-N.jsonl    the manifest of those
///   slot-N.json               which later class took a spare slot
class RecordFolder {
 public:
  explicit RecordFolder(std::filesystem::path path) : path_(std::move(path)) {}
  /// Where the record of output `out` lies.
  static RecordFolder beside(const std::filesystem::path& out);

  const std::filesystem::path& path() const { return path_; }
  bool exists() const;
  /// Creates it with mode 0700; an existing folder is kept. Error(write_failed).
  void create() const;
  /// Renames it to `<path>.old-N`, the first free N; nothing is ever deleted. Returns the new path.
  std::filesystem::path set_aside() const;

  std::filesystem::path plan_path() const { return path_ / "plan.json"; }
  std::filesystem::path plan_path(std::uint32_t batch) const;  ///< of batch 0 plan_path()
  std::filesystem::path manifest_path(Shard shard, std::uint32_t batch = 0) const;
  /// Of a fitted method: the sealed fit, and while it is made, how far it is.
  std::filesystem::path fit_path() const { return path_ / "fit.sealed"; }
  std::filesystem::path fit_checkpoint_path() const { return path_ / "fit-checkpoint.sealed"; }
  /// Text of the plan. Error(record_format) when it is missing.
  std::string read_plan() const;
  /// Its first line alone.
  std::string plan_head() const;
  /// Several processes may write the same plan at once.
  void write_plan(std::string_view text) const;
  /// Removes what a killed run left unfinished; not while other shards run.
  void remove_unfinished() const;
  std::optional<std::string> read_manifest(Shard shard, std::uint32_t batch = 0) const;
  /// Paths of all shard manifests, sorted.
  std::vector<std::filesystem::path> parts() const;

  /// Numbers of the batches, ascending.
  std::vector<std::uint32_t> batches() const;
  /// Publishes the plan of a further batch under the next free number, also while others do the same: whole or not at
  /// all. `text` gives the file for a number. Returns the number.
  std::uint32_t add_batch(const std::function<std::string(std::uint32_t)>& text) const;
  /// Takes a spare slot: false when somebody has it already. `text`: what slot-N.json says.
  bool take_slot(std::uint32_t slot, std::string_view text) const;
  /// What slot-N.json say, by slot.
  std::vector<std::pair<std::uint32_t, std::string>> taken_slots() const;

 private:
  std::filesystem::path present_plan() const;
  bool add_file(const std::filesystem::path& path, std::string_view text) const;
  std::vector<std::uint32_t> numbers(std::string_view before, std::string_view behind) const;

  std::filesystem::path path_;
};

}  // namespace wardmark
