#include "cli/bundle_files.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "io/atomic_file.h"
#include "io/item_id.h"

namespace wardmark {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr auto kListSchema = "wardmark.bundle/1";
constexpr std::string_view kList = "bundle.json";

constexpr std::string_view kReadMe =
    "    wardmark verify bundle .\n\n"
    "checks every byte and computes the p-value again from the raw answers, without the owner.\n\n"
    "release.key   key of the releases of this name. Whoever has it can find, take out and forge their marks.\n"
    "record/       plan and manifest of the release, sealed under that key, and time stamps with the roots that the "
    "owner\n"
    "              trusts: whether you trust them is yours to say\n"
    "tests.jsonl   all tests of the release\n";

std::string file_digest(ByteView bytes) { return to_hex(digest(nullptr, "bundle-file", {bytes})); }

std::string seal_of(const ReleaseKeys& keys, const json& files) {
  const std::string text = files.dump(-1, ' ', false, json::error_handler_t::replace);
  return to_hex(digest(&keys.mac, "evidence-bundle", {bytes_of(text)}));
}

std::string list_text(const json& files, const std::string& seal) {
  return json{{"schema", kListSchema}, {"files", files}, {"seal", seal}}.dump(1) + "\n";
}

std::vector<std::string> files_below(const fs::path& folder) {
  std::vector<std::string> names;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_directory() && !entry.is_symlink()) continue;
    if (!entry.is_regular_file() || entry.is_symlink()) bundle_altered(entry.path(), "is no plain file");
    names.push_back(fs::relative(entry.path(), folder).generic_string());
  }
  std::ranges::sort(names);
  return names;
}

/// All files are there, no other is, and each has its digest. Returns the sealed list's files and its seal.
std::pair<json, std::string> checked_list(const fs::path& folder) {
  if (!fs::exists(folder / kList)) bundle_altered(folder / kList, "is missing; the bundle is not whole");
  json files;
  std::string seal;
  try {
    const std::string text = text_of_file(folder / kList);
    const json list = json::parse(text);
    if (list.at("schema") != kListSchema) bundle_altered(folder / kList, "of another version");
    list.at("seal").get_to(seal);
    files = list.at("files");
    if (!files.is_object() || text != list_text(files, seal)) bundle_altered(folder / kList, "is damaged");
    for (const std::string& name : files_below(folder)) {
      if (name == kList) continue;
      if (!files.contains(name)) bundle_altered(folder / name, "stands in no list of the bundle");
      if (files.at(name) != file_digest(read_file(folder / name)))
        bundle_altered(folder / name, "is not as it was written");
    }
    for (const auto& [name, value] : files.items()) {
      if (!fs::exists(folder / name)) bundle_altered(folder / name, "is missing");
    }
  } catch (const json::exception&) {
    bundle_altered(folder / kList, "is damaged");
  }
  return {files, seal};
}

}  // namespace

std::string text_of_file(const fs::path& file) {
  const Bytes bytes = read_file(file);
  return std::string(text_of(ByteView(bytes)));
}

void bundle_altered(const fs::path& file, const std::string& what) {
  throw Error(Code::bundle_altered, shown(file) + ": " + what, "ask for another copy of the bundle");
}

struct BundleWriter::List {
  json files = json::object();
};

BundleWriter::BundleWriter(fs::path folder) : folder_(std::move(folder)), list_(std::make_shared<List>()) {
  if (fs::exists(folder_) && !fs::is_empty(folder_))
    throw Error(Code::output_exists, shown(folder_) + ": holds something already", "name a new folder");
  fs::create_directories(folder_);
  fs::permissions(folder_, fs::perms::owner_all);
}

void BundleWriter::add(const std::string& name, ByteView bytes) {
  write_file(folder_ / name, bytes, 0600);
  list_->files[name] = file_digest(bytes);
}

void BundleWriter::add_record(const std::string& about, const RecordFolder& record, const Plan& plan,
                              const OwnerKey& key, const fs::path& log) {
  add("README.txt", bytes_of(about + std::string(kReadMe)));
  add("release.key",
      bytes_of(key.rank() == OwnerKey::Rank::release ? key.format() : key.derive(plan.release_name).format()));
  add("record/plan.json", read_file(record.plan_path()));
  add("record/manifest.jsonl", read_file(record.manifest_path({})));
  for (const std::uint32_t number : record.batches()) {
    for (const fs::path& file : {record.plan_path(number), record.manifest_path({}, number)}) {
      if (fs::exists(file)) add("record/" + file.filename().string(), read_file(file));
    }
  }
  if (fs::exists(record.fit_path())) add("record/fit.sealed", read_file(record.fit_path()));
  for (const fs::path& file : stamp_files(record))
    add("record/" + fs::relative(file, record.path()).generic_string(), read_file(file));
  add("tests.jsonl", read_file(log));
}

void BundleWriter::seal(const ReleaseKeys& keys) {
  write_file(folder_ / kList, bytes_of(list_text(list_->files, seal_of(keys, list_->files))), 0600);
}

OpenBundle open_bundle(const fs::path& folder) {
  const auto [list, seal] = checked_list(folder);
  const OwnerKey key = OwnerKey::parse(text_of_file(folder / "release.key"));
  OpenRecord record = open_record(RecordFolder(folder / "record"), key);
  const ReleaseKeys keys = release_keys(record.plan, key);
  if (seal != seal_of(keys, list)) bundle_altered(folder / kList, "its seal does not fit");
  auto stamps = kept_stamps(RecordFolder(folder / "record"), commitments_of(record));
  return {folder, std::move(record), keys, std::move(stamps)};
}

json json_of(const LoggedTest& test) {
  return {{"release", test.intent.release},
          {"suspect", test.intent.suspect},
          {"identity", test.intent.identity},
          {"level", test.intent.level},
          {"number", test.number}};
}

void take(const json& value, LoggedTest& test) {
  value.at("release").get_to(test.intent.release);
  value.at("suspect").get_to(test.intent.suspect);
  value.at("identity").get_to(test.intent.identity);
  value.at("level").get_to(test.intent.level);
  value.at("number").get_to(test.number);
}

std::string bundle_schema(const fs::path& folder) {
  if (!fs::exists(folder / "test.json")) return {};
  const json value = json::parse(text_of_file(folder / "test.json"), nullptr, false);
  if (!value.is_object() || !value.contains("schema") || !value["schema"].is_string()) return {};
  return value["schema"];
}

void check_bundle_log(const OpenBundle& bundle, const LoggedTest& test, const std::string& table, double p) {
  const SuspectLog log(bundle.folder / "tests.jsonl", bundle.keys.mac.derive("suspect-log"));
  if (log.number_of(test.intent) != test.number || !log.concluded(test.intent, table, p))
    bundle_altered(bundle.folder / "tests.jsonl", "says other things of this test");
}

}  // namespace wardmark
