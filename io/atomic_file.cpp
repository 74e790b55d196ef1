#include "io/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <map>
#include <string>
#include <system_error>
#include <vector>

#include "core/error.h"
#include "io/item_id.h"

namespace wardmark {
namespace {

namespace fs = std::filesystem;

#ifdef WARDMARK_FAULTS
std::atomic<bool> fault_armed{false};
std::atomic<std::int64_t> fault_after{0};
std::atomic<int> fault_error{0};
#endif

constexpr std::size_t kLongestName = 255;

[[noreturn]] void fail_write(const fs::path& path, std::string_view what, int error) {
  const bool full = error == ENOSPC || error == EDQUOT;
  throw Error(full ? Code::disk_full : Code::write_failed,
              shown(path) + ": " + std::string(what) + ": " + std::strerror(error),
              full ? "free some space, then run the same command with --resume" : "");
}

/// A descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }
  /// Closes now; returns close()'s answer, since some file systems report a full disk only here.
  int close() {
    const int fd = fd_;
    fd_ = -1;
    return ::close(fd);
  }

 private:
  int fd_;
};

int open_retrying(const fs::path& path, int flags, unsigned mode = 0) {
  int fd = -1;
  do {
    fd = ::open(path.c_str(), flags | O_CLOEXEC, mode);
  } while (fd < 0 && errno == EINTR);
  return fd;
}

/// write() or, with an offset, pwrite(); where tests let it fail.
ssize_t write_once(int fd, const std::uint8_t* data, std::size_t size, std::int64_t offset) {
#ifdef WARDMARK_FAULTS
  if (fault_armed) {
    const std::int64_t left = fault_after.fetch_sub(static_cast<std::int64_t>(size));
    if (left <= 0) {
      errno = fault_error;
      return -1;
    }
    if (left < static_cast<std::int64_t>(size)) size = static_cast<std::size_t>(left);
  }
#endif
  return offset < 0 ? ::write(fd, data, size) : ::pwrite(fd, data, size, offset);
}

/// 0, or the errno of the write that failed. `offset` < 0: at the file position.
int write_all(int fd, ByteView bytes, std::int64_t offset = -1) {
  constexpr std::size_t kStep = std::size_t{1} << 30;
  while (!bytes.empty()) {
    const ssize_t n = write_once(fd, bytes.data(), std::min(bytes.size(), kStep), offset);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return n < 0 ? errno : ENOSPC;
    bytes = bytes.subspan(static_cast<std::size_t>(n));
    if (offset >= 0) offset += n;
  }
  return 0;
}

/// Opens a new file for writing; parent folders are made when they are missing.
int create_file(const fs::path& path, int flags, unsigned mode) {
  int fd = open_retrying(path, flags | O_CREAT | O_TRUNC | O_NOFOLLOW, mode);
  if (fd < 0 && errno == ENOENT) {
    std::error_code error;
    fs::create_directories(path.parent_path(), error);
    if (error) fail_write(path.parent_path(), "the folder cannot be created", error.value());
    fd = open_retrying(path, flags | O_CREAT | O_TRUNC | O_NOFOLLOW, mode);
  }
  if (fd < 0) fail_write(path, "cannot be created", errno);
  return fd;
}

int sync_retrying(int (*sync)(int), int fd) {
  int answer = 0;
  do {
    answer = sync(fd);
  } while (answer != 0 && errno == EINTR);
  return answer;
}

fs::path folder_of(const fs::path& path) { return path.has_parent_path() ? path.parent_path() : fs::path("."); }

/// fsync of a folder. File systems that cannot sync folders answer EINVAL; nothing more can be done there.
void sync_folder(const fs::path& folder, int fd) {
  if (sync_retrying(::fsync, fd) != 0 && errno != EINVAL) fail_write(folder, "the folder cannot be synced", errno);
}

void sync_file(const fs::path& path) {
  const Descriptor fd(open_retrying(path, O_RDONLY));
  if (fd.get() < 0) fail_write(path, "cannot be opened", errno);
  if (sync_retrying(::fsync, fd.get()) != 0) fail_write(path, "cannot be synced", errno);
}

}  // namespace

Bytes read_file(const fs::path& path, bool item) {
  const auto fail = [&](int error) -> Error {
    return Error(item ? Code::item_unreadable : Code::read_failed,
                 shown(path) + ": cannot be read: " + std::strerror(error));
  };
  const Descriptor fd(open_retrying(path, O_RDONLY));
  if (fd.get() < 0) throw fail(errno);
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) throw fail(errno);
  Bytes bytes;
  // One byte more than announced, so that the end is seen without a second buffer.
  bytes.resize(S_ISREG(status.st_mode) ? static_cast<std::size_t>(status.st_size) + 1 : 65536);
  std::size_t used = 0;
  for (;;) {
    if (used == bytes.size()) bytes.resize(bytes.size() * 2);
    const ssize_t n = ::read(fd.get(), bytes.data() + used, bytes.size() - used);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw fail(errno);
    if (n == 0) break;
    used += static_cast<std::size_t>(n);
  }
  bytes.resize(used);
  return bytes;
}

fs::path aside_path(const fs::path& final_path) {
  std::string name = final_path.filename().native();
  if (name.size() + kAsideSuffix.size() > kLongestName) {
    std::uint64_t hash = 0xcbf29ce484222325u;  // FNV-1a: tells names apart that share a long beginning
    for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
    char digits[20];
    std::snprintf(digits, sizeof digits, ".%016llx", static_cast<unsigned long long>(hash));
    name.resize(200);
    name += digits;
  }
  name += kAsideSuffix;
  return final_path.parent_path() / name;
}

fs::path write_aside(const fs::path& final_path, ByteView bytes, unsigned mode) {
  fs::path aside = aside_path(final_path);
  Descriptor fd(create_file(aside, O_WRONLY, mode));
  int error = write_all(fd.get(), bytes);
  if (fd.close() != 0 && error == 0 && errno != EINTR) error = errno;
  if (error != 0) {
    ::unlink(aside.c_str());
    fail_write(final_path, "cannot be written", error);
  }
  return aside;
}

void publish(std::span<const Rename> batch) {
  if (batch.empty()) return;
  std::map<fs::path, Descriptor> folders;
  std::map<dev_t, int> systems;
  for (const Rename& step : batch) {
    const fs::path folder = folder_of(step.final_path);
    if (folders.contains(folder)) continue;
    const auto [it, added] = folders.try_emplace(folder, open_retrying(folder, O_RDONLY | O_DIRECTORY));
    struct stat status {};
    if (it->second.get() < 0 || ::fstat(it->second.get(), &status) != 0) {
      fail_write(folder, "the folder cannot be opened", errno);
    }
    systems.try_emplace(status.st_dev, it->second.get());
  }
  if (batch.size() == 1) {
    sync_file(batch.front().aside);
  } else {
    for (const auto& [device, fd] : systems) {
      if (sync_retrying(::syncfs, fd) != 0) fail_write(folders.begin()->first, "cannot be synced", errno);
    }
  }
  for (const Rename& step : batch) {
    if (::rename(step.aside.c_str(), step.final_path.c_str()) != 0) {
      fail_write(step.final_path, "cannot be put in place", errno);
    }
  }
  for (const auto& [folder, fd] : folders) sync_folder(folder, fd.get());
}

void write_file(const fs::path& final_path, ByteView bytes, unsigned mode) {
  const Rename step{write_aside(final_path, bytes, mode), final_path};
  publish({&step, 1});
}

bool publish_new(const Rename& step) {
  sync_file(step.aside);
  const bool placed = ::link(step.aside.c_str(), step.final_path.c_str()) == 0;
  const int error = errno;
  ::unlink(step.aside.c_str());
  if (!placed && error == EEXIST) return false;
  if (!placed) fail_write(step.final_path, "cannot be put in place", error);
  const fs::path folder = folder_of(step.final_path);
  const Descriptor fd(open_retrying(folder, O_RDONLY | O_DIRECTORY));
  if (fd.get() < 0) fail_write(folder, "the folder cannot be opened", errno);
  sync_folder(folder, fd.get());
  return true;
}

std::size_t remove_asides(const fs::path& folder) {
  std::size_t removed = 0;
  std::error_code error;
  auto it = fs::recursive_directory_iterator(folder, error);
  if (error == std::errc::no_such_file_or_directory) return 0;
  for (; !error && it != fs::recursive_directory_iterator(); it.increment(error)) {
    if (!it->path().native().ends_with(kAsideSuffix) || it->is_directory(error)) continue;
    if (::unlink(it->path().c_str()) != 0) fail_write(it->path(), "cannot be removed", errno);
    ++removed;
  }
  if (error) fail_write(folder, "the folder cannot be read", error.value());
  return removed;
}

AsideFile::AsideFile(const fs::path& final_path, unsigned mode)
    : rename_{aside_path(final_path), final_path}, fd_(create_file(rename_.aside, O_RDWR, mode)) {}

AsideFile::~AsideFile() {
  if (fd_ < 0) return;
  ::close(fd_);
  ::unlink(rename_.aside.c_str());
}

void AsideFile::write_at(std::uint64_t offset, ByteView bytes) {
  const int error = write_all(fd_, bytes, static_cast<std::int64_t>(offset));
  if (error != 0) fail_write(rename_.final_path, "cannot be written", error);
}

Bytes AsideFile::read_at(std::uint64_t offset, std::size_t size) const {
  Bytes bytes;
  bytes.resize(size);
  for (std::size_t used = 0; used < size;) {
    const ssize_t n = ::pread(fd_, bytes.data() + used, size - used, static_cast<off_t>(offset + used));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      throw Error(Code::read_failed, shown(rename_.aside) + ": cannot be read back: " +
                                         (n < 0 ? std::strerror(errno) : "the file ends early"));
    }
    used += static_cast<std::size_t>(n);
  }
  return bytes;
}

void AsideFile::publish() {
  wardmark::publish({&rename_, 1});
  ::close(fd_);
  fd_ = -1;
}

AppendFile::AppendFile(const fs::path& path, std::uint64_t keep, unsigned mode) : path_(path) {
  Descriptor fd(open_retrying(path, O_WRONLY | O_CREAT, mode));
  struct stat status {};
  if (fd.get() < 0 || ::fstat(fd.get(), &status) != 0) fail_write(path, "cannot be opened", errno);
  if (static_cast<std::uint64_t>(status.st_size) < keep) {
    throw Error(Code::read_failed, shown(path) + ": is " + std::to_string(status.st_size) + " bytes long, " +
                                       std::to_string(keep) + " were expected");
  }
  const auto end = static_cast<off_t>(keep);
  if (::ftruncate(fd.get(), end) != 0 || ::lseek(fd.get(), end, SEEK_SET) < 0) {
    fail_write(path, "cannot be cut to its last whole line", errno);
  }
  const fs::path folder = folder_of(path);
  const Descriptor folder_fd(open_retrying(folder, O_RDONLY | O_DIRECTORY));
  if (folder_fd.get() >= 0) sync_folder(folder, folder_fd.get());
  fd_ = ::fcntl(fd.get(), F_DUPFD_CLOEXEC, 0);
  if (fd_ < 0) fail_write(path, "cannot be opened", errno);
}

AppendFile::~AppendFile() {
  if (fd_ >= 0) ::close(fd_);
}

void AppendFile::append(ByteView bytes) {
  const int error = write_all(fd_, bytes);
  if (error != 0) fail_write(path_, "cannot be written", error);
}

void AppendFile::sync() {
  if (sync_retrying(::fdatasync, fd_) != 0) fail_write(path_, "cannot be synced", errno);
}

#ifdef WARDMARK_FAULTS
void set_write_fault(std::uint64_t after, int error) {
  fault_after = static_cast<std::int64_t>(after);
  fault_error = error;
  fault_armed = true;
}
void clear_write_fault() { fault_armed = false; }
bool write_faults() { return true; }
#else
void set_write_fault(std::uint64_t, int) {}
void clear_write_fault() {}
bool write_faults() { return false; }
#endif

}  // namespace wardmark
