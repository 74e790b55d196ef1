#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cli/key_options.h"
#include "core/plan.h"

namespace wardmark {

/// What was released under a key: KEYFILE.ledger beside the key file, mode 0600, its lines sealed (docs/formats.md,
/// "Ledger"). It grows by whole lines and is never rewritten; processes may add at the same time.
class Ledger {
 public:
  /// The ledger of a key that lies in a file; without one (standard input, a descriptor) nothing is kept.
  /// Error(record_format) for a newer version; another key's ledger is left alone, with a warning.
  static std::optional<Ledger> of(const KeyOptions& options, const OwnerKey& key, Console& console);

  /// Error(release_used) when the plan's release id stands there for other content, or its name does and `named` (the
  /// name was chosen, not taken from the input). Warns of items that another release holds.
  void check(const Plan& plan, std::uint32_t batch, bool named, Console& console) const;
  /// Adds a release, or a batch of one, unless it stands there. Where the key's folder takes no files, a warning.
  /// Error(write_failed), (disk_full).
  void add(const Plan& plan, std::uint32_t batch, Console& console) const;

 private:
  struct Entry {
    std::string release, name, commitment;
    std::uint32_t batch = 0;
    std::vector<std::uint64_t> traces;  ///< of its items, sorted
  };
  Ledger(std::filesystem::path path, const OwnerKey& key);

  std::filesystem::path path_;
  Subkey key_;
  std::string owner_;
  std::vector<Entry> entries_;
};

}  // namespace wardmark
