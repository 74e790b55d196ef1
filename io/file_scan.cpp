#include "io/file_scan.h"

#include <dirent.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <set>

#include "core/error.h"
#include "io/atomic_file.h"
#include "io/codec.h"
#include "io/file_kind.h"
#include "io/item_id.h"
#include "io/xmp.h"

namespace wardmark {
namespace {

namespace fs = std::filesystem;

/// Sorts files into items and companions.
class Sorter {
 public:
  explicit Sorter(fs::path root, const std::vector<std::string>& carry = {}) : root_(std::move(root)), carry_(carry) {}

  /// A regular file `real` of `size` bytes; `name` opens it relative to `folder`.
  void file(std::string real, std::uint64_t size, int folder, const char* name) {
    FileKind kind = kind_by_name(real);
    if (kind == FileKind::unknown && begins_like_image(read_head(folder, name))) kind = FileKind::image;
    switch (kind) {
      case FileKind::image:
        return item(std::move(real), size);
      case FileKind::raw:
        return other(std::move(real), Code::left_raw, size);
      case FileKind::video:
        return other(std::move(real), Code::left_video, size);
      case FileKind::litter:
        return other(std::move(real), Code::left_litter, size);
      case FileKind::sidecar:
        return companion(std::move(real), Code::carried_sidecar);
      case FileKind::unknown:
        return other(std::move(real), Code::left_other, size);
    }
  }
  void item(std::string real, std::uint64_t size) {
    std::string id = item_id(real);
    remember(id, std::move(real));
    Item entry;
    entry.id = std::move(id);
    entry.bytes = size;
    scan_.survey.items.push_back(std::move(entry));
  }
  void companion(std::string real, Code code) {
    std::string id = item_id(real);
    // Only what is copied needs its real path; a link may share its id with an item.
    if (code == Code::carried_sidecar || code == Code::carried_asked) remember(id, std::move(real));
    scan_.survey.companions.push_back({std::move(id), code});
  }
  FileScan finish();

 private:
  /// No image: left out, unless it is asked for by name. A key never goes out.
  void other(std::string real, Code code, std::uint64_t size) {
    const std::string last = real.substr(real.rfind('/') + 1);
    const bool asked = std::ranges::any_of(carry_, [&](const std::string& pattern) {
      const bool whole = pattern.find('/') != std::string::npos;
      return ::fnmatch(pattern.c_str(), whole ? real.c_str() : last.c_str(), whole ? FNM_PATHNAME : 0) == 0;
    });
    constexpr std::uint64_t kMostKey = 1 << 16;
    const bool key =
        asked && size <= kMostKey && text_of(read_file(root_ / real)).find("wardmark-key-") != std::string_view::npos;
    companion(std::move(real), asked && !key ? Code::carried_asked : code);
  }
  /// Two real paths of one id are a collision; one of them may be equal to the id and so not in the map.
  void remember(const std::string& id, std::string real) {
    if (real == id) return;
    const auto [it, added] = scan_.real_paths.try_emplace(id, real);
    if (!added && it->second != real) collision(it->second, real);
  }
  [[noreturn]] static void collision(const std::string& a, const std::string& b) {
    throw Error(Code::name_collision,
                shown(a) + " and " + shown(b) + ": two files with one name once accents are written one way (NFC)",
                "rename one of them");
  }

  fs::path root_;
  std::vector<std::string> carry_;
  FileScan scan_;
};

FileScan Sorter::finish() {
  auto& items = scan_.survey.items;
  auto& companions = scan_.survey.companions;
  std::sort(items.begin(), items.end(), [](const Item& a, const Item& b) { return a.id < b.id; });
  std::sort(companions.begin(), companions.end(),
            [](const Companion& a, const Companion& b) { return a.path < b.path; });
  for (std::size_t i = 1; i < items.size(); ++i) {
    if (items[i].id != items[i - 1].id) continue;
    collision(items[i].id, scan_.real_path(items[i].id));
  }
  const std::string* last = nullptr;
  for (Companion& companion : companions) {
    if (companion.code != Code::carried_sidecar) continue;
    if (last != nullptr && *last == companion.path) collision(*last, scan_.real_path(*last));
    last = &companion.path;
    if (sidecar_owner(items, companion.path) == items.size()) {
      companion.code = Code::left_other;
      continue;
    }
    const Xmp clean = clean_xmp(read_file(root_ / scan_.real_path(companion.path)));
    if (!clean.readable) companion.code = Code::left_other;
    if (clean.readable && clean.blanked > 0) companion.code = Code::cleaned_sidecar;
  }
  return std::move(scan_);
}

[[noreturn]] void fail_folder(const fs::path& root, const std::string& relative, int error) {
  throw Error(Code::read_failed, shown(root / relative) + ": the folder cannot be read: " + std::strerror(error));
}

/// Entries of one folder; sub-folders are added to `pending`.
void scan_one_folder(const fs::path& root, const std::string& relative, int fd, std::vector<std::string>& pending,
                     Sorter& sorter) {
  DIR* entries = ::fdopendir(fd);
  if (entries == nullptr) {
    const int error = errno;
    ::close(fd);
    fail_folder(root, relative, error);
  }
  const std::unique_ptr<DIR, int (*)(DIR*)> closer(entries, ::closedir);
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(entries);
    if (entry == nullptr) break;
    const std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    std::string real = relative.empty() ? std::string(name) : relative + '/' + std::string(name);
    struct stat status {};
    if (::fstatat(fd, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0) continue;  // gone since readdir
    if (S_ISLNK(status.st_mode)) {
      sorter.companion(std::move(real), Code::left_link);
    } else if (S_ISDIR(status.st_mode)) {
      if (is_litter_folder(name)) {
        sorter.companion(std::move(real), Code::left_litter);
      } else if (is_record_name(name)) {
        sorter.companion(std::move(real), Code::left_other);
      } else {
        pending.push_back(std::move(real));
      }
    } else if (S_ISREG(status.st_mode)) {
      sorter.file(std::move(real), static_cast<std::uint64_t>(status.st_size), fd, entry->d_name);
    } else {
      sorter.companion(std::move(real), Code::left_other);
    }
  }
  if (errno != 0) fail_folder(root, relative, errno);
}

/// True when a folder above `relative` is a link; `seen` remembers answers.
bool below_link(const fs::path& root, const std::string& relative, std::unordered_map<std::string, bool>& seen) {
  for (std::size_t at = relative.find('/'); at != std::string::npos; at = relative.find('/', at + 1)) {
    const auto [it, added] = seen.try_emplace(relative.substr(0, at), false);
    if (added) {
      struct stat status {};
      it->second = ::lstat((root / it->first).c_str(), &status) == 0 && S_ISLNK(status.st_mode);
    }
    if (it->second) return true;
  }
  return false;
}

}  // namespace

std::string FileScan::real_path(const std::string& id) const {
  const auto it = real_paths.find(id);
  return it == real_paths.end() ? id : it->second;
}

FileScan scan_folder(const fs::path& root, const std::vector<std::string>& carry) {
  const int root_fd = ::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (root_fd < 0) fail_folder(root, "", errno);
  const std::unique_ptr<const int, void (*)(const int*)> closer(&root_fd, [](const int* fd) { ::close(*fd); });
  Sorter sorter(root, carry);
  std::vector<std::string> pending = {""};
  while (!pending.empty()) {
    const std::string relative = std::move(pending.back());
    pending.pop_back();
    const char* name = relative.empty() ? "." : relative.c_str();
    const int fd = ::openat(root_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) fail_folder(root, relative, errno);
    scan_one_folder(root, relative, fd, pending, sorter);
  }
  return sorter.finish();
}

FileScan scan_list(const fs::path& root, const std::vector<std::string>& paths, const std::vector<std::string>& carry) {
  Sorter sorter(root, carry);
  std::set<std::string> listed;
  std::unordered_map<std::string, bool> links;
  for (const std::string& path : paths) {
    std::string real = clean_path(path);
    if (!listed.insert(real).second) continue;
    const fs::path full = root / real;
    struct stat status {};
    if (::lstat(full.c_str(), &status) != 0) {
      sorter.item(std::move(real), 0);
    } else if (S_ISLNK(status.st_mode) || below_link(root, real, links)) {
      sorter.companion(std::move(real), Code::left_link);
    } else if (S_ISREG(status.st_mode)) {
      sorter.file(std::move(real), static_cast<std::uint64_t>(status.st_size), AT_FDCWD, full.c_str());
    } else {
      sorter.companion(std::move(real), Code::left_other);
    }
  }
  return sorter.finish();
}

FileScan scan_file(const fs::path& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) {
    throw Error(Code::read_failed, shown(file) + ": cannot be read: " + std::strerror(errno));
  }
  Sorter sorter(file.parent_path());
  sorter.item(file.filename().native(), static_cast<std::uint64_t>(status.st_size));
  return sorter.finish();
}

std::vector<std::string> split_file_list(std::string_view text, char separator) {
  const bool lines = separator == '\n';
  if (lines && text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  std::vector<std::string> paths;
  bool all_carriage_returns = lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(separator), text.size());
    if (end > 0) {
      paths.emplace_back(text.substr(0, end));
      all_carriage_returns = all_carriage_returns && paths.back().back() == '\r';
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  if (all_carriage_returns) {
    for (std::string& path : paths) path.pop_back();
    std::erase(paths, "");
  }
  return paths;
}

std::size_t sidecar_owner(const std::vector<Item>& items, std::string_view sidecar) {
  const std::string_view base = sidecar.substr(0, sidecar.rfind('.'));
  const auto before = [](const Item& item, std::string_view text) { return item.id < text; };
  auto it = std::lower_bound(items.begin(), items.end(), base, before);
  if (it != items.end() && it->id == base) return static_cast<std::size_t>(it - items.begin());
  const std::string stem = std::string(base) + '.';
  it = std::lower_bound(items.begin(), items.end(), stem, before);
  for (; it != items.end() && it->id.starts_with(stem); ++it) {
    if (it->id.find_first_of("./", stem.size()) == std::string::npos)
      return static_cast<std::size_t>(it - items.begin());
  }
  return items.size();
}

}  // namespace wardmark
