#include "io/record_folder.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>

#include "core/error.h"
#include "io/atomic_file.h"
#include "io/line_file.h"

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

fs::path RecordFolder::plan_path(std::uint32_t batch) const {
  return batch == 0 ? plan_path() : path_ / ("plan.batch-" + std::to_string(batch) + ".json");
}

fs::path RecordFolder::manifest_path(Shard shard, std::uint32_t batch) const {
  if (batch != 0) return path_ / ("manifest.batch-" + std::to_string(batch) + ".jsonl");
  if (shard.whole()) return path_ / "manifest.jsonl";
  return path_ / ("manifest." + std::to_string(shard.index) + "-of-" + std::to_string(shard.count) + ".jsonl");
}

fs::path RecordFolder::present_plan() const {
  if (!fs::exists(plan_path())) {
    throw Error(Code::record_format, path_.string() + ": no record of a release",
                "name it with --record DIR; it lies beside the output as OUT.wardmark");
  }
  return plan_path();
}

std::string RecordFolder::plan_head() const { return LineFile(present_plan()).next().value_or(""); }

std::string RecordFolder::read_plan() const { return std::string(text_of(read_file(present_plan()))); }

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

std::optional<std::string> RecordFolder::read_manifest(Shard shard, std::uint32_t batch) const {
  const fs::path path = manifest_path(shard, batch);
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

std::vector<std::uint32_t> RecordFolder::numbers(std::string_view before, std::string_view behind) const {
  std::vector<std::uint32_t> found;
  for (const auto& entry : fs::directory_iterator(path_)) {
    const std::string name = entry.path().filename().string();
    if (name.size() <= before.size() + behind.size() || !name.starts_with(before) || !name.ends_with(behind)) continue;
    std::uint32_t number = 0;
    const char* const end = name.data() + name.size() - behind.size();
    const auto [stop, bad] = std::from_chars(name.data() + before.size(), end, number);
    if (bad == std::errc() && stop == end) found.push_back(number);
  }
  std::ranges::sort(found);
  return found;
}

std::vector<std::uint32_t> RecordFolder::batches() const { return numbers("plan.batch-", ".json"); }

bool RecordFolder::add_file(const fs::path& path, std::string_view text) const {
  // Each process under a name of its own until it has the one that all want.
  const fs::path own = path.string() + "." + std::to_string(::getpid());
  return publish_new({write_aside(own, bytes_of(text), 0600), path});
}

std::uint32_t RecordFolder::add_batch(const std::function<std::string(std::uint32_t)>& text) const {
  for (;;) {
    const std::vector<std::uint32_t> taken = batches();
    const std::uint32_t number = taken.empty() ? 1 : taken.back() + 1;
    if (add_file(plan_path(number), text(number))) return number;
  }
}

bool RecordFolder::take_slot(std::uint32_t slot, std::string_view text) const {
  return add_file(path_ / ("slot-" + std::to_string(slot) + ".json"), text);
}

std::vector<std::pair<std::uint32_t, std::string>> RecordFolder::taken_slots() const {
  std::vector<std::pair<std::uint32_t, std::string>> taken;
  for (const std::uint32_t slot : numbers("slot-", ".json")) {
    taken.emplace_back(slot, text_of(read_file(path_ / ("slot-" + std::to_string(slot) + ".json"))));
  }
  return taken;
}

}  // namespace wardmark
