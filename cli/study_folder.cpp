#include "cli/study_folder.h"

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "io/atomic_file.h"
#include "io/item_id.h"

namespace wardmark {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr auto kStudy = "study.json";
constexpr auto kCheckpoint = "running.checkpoint";

/// The first line of a checkpoint file says whose it is.
std::string checkpoint_head(const std::string& run) { return "wardmark checkpoint of " + run + "\n"; }

}  // namespace

bool StudyFolder::open(const std::string& identity, bool resume, bool overwrite,
                       const std::vector<std::string>& files) {
  identity_ = identity;
  const fs::path study = folder_ / kStudy;
  if (fs::exists(study) && !resume && !overwrite) {
    throw Error(Code::output_exists, shown(folder_) + ": holds an earlier study",
                "give --resume to continue it, --overwrite to start anew, or another --state");
  }
  fs::create_directories(folder_);
  if (overwrite) {
    for (const std::string& name : files) fs::remove_all(folder_ / name);
    fs::remove(study);
    drop_checkpoint();
  }
  remove_asides(folder_);
  if (!resume || !fs::exists(study)) {
    write_facts("{}");
    return false;
  }
  const json row = json::parse(text_of(read_file(study)), nullptr, false);
  if (!row.is_object() || row.value("identity", "") != identity) {
    throw Error(Code::recipe_changed, shown(folder_) + ": is a study of other data or other options",
                "repeat the command as it was, or give another --state");
  }
  return true;
}

std::string StudyFolder::facts() const {
  const json row = json::parse(text_of(read_file(folder_ / kStudy)), nullptr, false);
  return row.is_object() ? row.dump() : "{}";
}

void StudyFolder::write_facts(const std::string& facts) const {
  json row = json::parse(facts);
  row.update({{"schema", "wardmark.study/1"}, {"identity", identity_}});
  write_file(folder_ / kStudy, bytes_of(row.dump() + "\n"));
}

Bytes StudyFolder::checkpoint(const std::string& run) const {
  const fs::path file = folder_ / kCheckpoint;
  if (!fs::exists(file)) return {};
  const Bytes all = read_file(file);
  const std::string head = checkpoint_head(run);
  if (!text_of(all).starts_with(head)) return {};
  return Bytes(all.begin() + static_cast<std::ptrdiff_t>(head.size()), all.end());
}

void StudyFolder::keep_checkpoint(const std::string& run, const Bytes& bytes) const {
  const std::string head = checkpoint_head(run);
  Bytes all(head.begin(), head.end());
  all.insert(all.end(), bytes.begin(), bytes.end());
  write_file(folder_ / kCheckpoint, all);
}

void StudyFolder::drop_checkpoint() const {
  std::error_code ignored;
  fs::remove(folder_ / kCheckpoint, ignored);
}

}  // namespace wardmark
