#pragma once
#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>

#include "core/bytes.h"

namespace wardmark {

/// Suffix of files that are not complete. Nothing with this suffix is ever part of a release; resume removes them.
inline constexpr std::string_view kAsideSuffix = ".wardmark-part";

/// Whole file as bytes. Error(read_failed) with path and reason; with `item` Error(item_unreadable).
Bytes read_file(const std::filesystem::path& path, bool item = false);

/// Where a file waits until it is complete: `final_path` + kAsideSuffix; names too long for that are shortened with a
/// hash of the whole name. Pure.
std::filesystem::path aside_path(const std::filesystem::path& final_path);

/// Creates parent folders and writes `bytes` to a new file beside `final_path` (see aside_path), mode `mode`.
/// Not synced. Error(disk_full) or (write_failed) with the path; a partial file is removed. Thread-safe for different
/// paths.
std::filesystem::path write_aside(const std::filesystem::path& final_path, ByteView bytes, unsigned mode = 0644);

/// One step of a batch: a complete file aside and its final name.
struct Rename {
  std::filesystem::path aside;
  std::filesystem::path final_path;
};

/// Syncs all files, renames each in order, syncs their folders. After it returns the files are durable. One file costs
/// an fsync, several cost one syncfs per file system. Error(disk_full) or (write_failed): what was renamed before
/// stays.
void publish(std::span<const Rename> batch);

/// write_aside and publish of one file; replaces `final_path`.
void write_file(const std::filesystem::path& final_path, ByteView bytes, unsigned mode = 0644);

/// Syncs the file aside and gives it its final name, unless something has that name already: false then. The file aside
/// is gone either way. Of several processes that want one name, one gets it, whole.
bool publish_new(const Rename& step);

/// Removes files with kAsideSuffix anywhere under `folder`, without following links; returns how many. A folder that
/// does not exist holds none. Error(write_failed) where one cannot be removed.
std::size_t remove_asides(const std::filesystem::path& folder);

/// A new file aside that is filled at any offset and renamed at the end: outputs that are one file.
/// write_at() is thread-safe; the rest is called from one thread. Removed again unless publish() was reached.
class AsideFile {
 public:
  /// Creates parent folders and the empty file beside `final_path`. Error(disk_full) or (write_failed).
  explicit AsideFile(const std::filesystem::path& final_path, unsigned mode = 0644);
  ~AsideFile();
  AsideFile(const AsideFile&) = delete;
  AsideFile& operator=(const AsideFile&) = delete;
  void write_at(std::uint64_t offset, ByteView bytes);
  /// `size` bytes from `offset`; Error(read_failed) where the file ends before.
  Bytes read_at(std::uint64_t offset, std::size_t size) const;
  /// Syncs and renames; replaces the final file.
  void publish();

 private:
  Rename rename_;
  int fd_ = -1;
};

/// Appends to a file that may grow (a journal), then syncs it. Not thread-safe.
class AppendFile {
 public:
  /// Opens or creates; `keep` bytes are kept, the rest (a torn line) is cut off. Error(read_failed) when the file is
  /// shorter than `keep`, (write_failed) when it cannot be opened.
  AppendFile(const std::filesystem::path& path, std::uint64_t keep, unsigned mode = 0600);
  ~AppendFile();
  AppendFile(const AppendFile&) = delete;
  AppendFile& operator=(const AppendFile&) = delete;
  /// Error(disk_full) or (write_failed); the end of the file may then be torn.
  void append(ByteView bytes);
  void sync();

 private:
  std::filesystem::path path_;
  int fd_ = -1;
};

/// Where tests let the disk fail: WARDMARK_FAULTS builds only, elsewhere without effect. The next `after` bytes written
/// succeed, then every write answers `error` (ENOSPC, EIO) until clear_write_fault().
void set_write_fault(std::uint64_t after, int error);
void clear_write_fault();
/// True where set_write_fault() works.
bool write_faults();

}  // namespace wardmark
