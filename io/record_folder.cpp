#include "io/record_folder.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "core/error.h"
#include "io/atomic_file.h"

namespace wardmark {
namespace fs = std::filesystem;

RecordFolder RecordFolder::beside(const fs::path& out) {
  fs::path base = out.lexically_normal();
  if (!base.has_filename()) base = base.parent_path();
  return RecordFolder(base.string() + ".wardmark");
}

bool RecordFolder::exists() const { return fs::exists(path_); }

void RecordFolder::create() const {
  if (path_.has_parent_path()) fs::create_directories(path_.parent_path());
  if (::mkdir(path_.c_str(), 0700) != 0 && errno != EEXIST) {
    throw Error(errno == ENOSPC ? Code::disk_full : Code::write_failed,
                path_.string() + ": cannot create the record's folder: " + std::strerror(errno));
  }
}

fs::path RecordFolder::set_aside() const {
  for (int n = 1;; ++n) {
    const fs::path old = path_.string() + ".old-" + std::to_string(n);
    if (fs::exists(old)) continue;
    fs::rename(path_, old);
    return old;
  }
}

fs::path RecordFolder::manifest_path(Shard shard) const {
  if (shard.whole()) return path_ / "manifest.jsonl";
  return path_ / ("manifest." + std::to_string(shard.index) + "-of-" + std::to_string(shard.count) + ".jsonl");
}

std::string RecordFolder::read_plan() const {
  if (!fs::exists(plan_path())) {
    throw Error(Code::record_format, path_.string() + ": no record of a release",
                "name it with --record DIR; it lies beside the output as OUT.wardmark");
  }
  return std::string(text_of(read_file(plan_path())));
}

void RecordFolder::write_plan(std::string_view text) const {
  // Shards that start together write the same plan at once: each under a name of its own.
  const fs::path own = plan_path().string() + "." + std::to_string(::getpid());
  const Rename rename{write_aside(own, bytes_of(text), 0600), plan_path()};
  publish({&rename, 1});
}

void RecordFolder::remove_unfinished() const {
  for (const auto& entry : fs::directory_iterator(path_)) {
    if (entry.path().string().ends_with(kAsideSuffix)) fs::remove(entry.path());
  }
}

std::optional<std::string> RecordFolder::read_manifest(Shard shard) const {
  const fs::path path = manifest_path(shard);
  if (!fs::exists(path)) return std::nullopt;
  return std::string(text_of(read_file(path)));
}

std::vector<fs::path> RecordFolder::parts() const {
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(path_)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("manifest.") && name.ends_with(".jsonl") && name.find("-of-") != std::string::npos) {
      found.push_back(entry.path());
    }
  }
  std::ranges::sort(found);
  return found;
}

}  // namespace wardmark
