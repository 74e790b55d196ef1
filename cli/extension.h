#pragma once
#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "cli/protect_job.h"
#include "core/batch.h"

namespace wardmark {

/// Keeps a file locked, against other processes of this program, until it goes.
class FileLock {
 public:
  FileLock() = default;
  FileLock(FileLock&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  FileLock& operator=(FileLock&& other) noexcept;
  ~FileLock();
  /// False when another process holds it.
  bool take(const std::filesystem::path& path);

 private:
  int fd_ = -1;
};

/// What `protect --extend` adds to a release.
struct Extension {
  Plan parent;
  Batch batch;                       ///< its number is settled by publish_batch()
  std::uint64_t held = 0;            ///< items of the input that the release has already
  std::uint64_t withdrawn = 0;       ///< that were struck from its record
  std::uint64_t later = 0;           ///< that are new, but not of the batch that is resumed
  std::vector<std::string> changed;  ///< whose names other files of the release have
  FileLock lock;                     ///< on the plan of the batch
};

/// Resolves `protect --extend`: opens the record, refuses what does not fit the release, and finds what is new in the
/// input. With --resume a batch that was not finished is taken up. New classes take spare slots here, which stay theirs
/// whatever becomes of the run, but not in a dry run. Error(record_incomplete), (recipe_changed), (output_kind),
/// (output_exists), (slots_used) and those of open_record().
ProtectJob settle_extension(const ProtectArgs& args, const OwnerKey& key, Console& console,
                            const std::atomic<bool>& stop);

/// Publishes the plan of the batch, unless it is one that is resumed, and sees which names others took meanwhile.
void publish_batch(ProtectJob& job, const OwnerKey& key);

}  // namespace wardmark
