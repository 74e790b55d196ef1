#include "cli/evidence_bundle.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/judgement.h"
#include "core/error.h"
#include "io/atomic_file.h"
#include "io/item_id.h"
#include "verify/answers.h"
#include "verify/twin_test.h"

namespace wardmark {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr auto kListSchema = "wardmark.bundle/1";
constexpr auto kTestSchema = "wardmark.bundle-test/1";
constexpr std::string_view kList = "bundle.json";

constexpr std::string_view kReadMe =
    "Evidence of one test of an image model, made by wardmark.\n\n"
    "    wardmark verify bundle .\n\n"
    "checks every byte and computes the p-value again from the raw answers, without the owner.\n\n"
    "release.key   key of the releases of this name. Whoever has it can find, take out and forge their marks.\n"
    "record/       plan and manifest of the release, sealed under that key, and time stamps with the roots that the "
    "owner\n"
    "              trusts: whether you trust them is yours to say\n"
    "test.json     which pictures were asked about, in which test\n"
    "queries.jsonl what the model answered\n"
    "answers.json  the same, counted\n"
    "tests.jsonl   all tests of the release\n\n"
    "The bundle proves arithmetic. That the answers are those of a certain model is shown only by asking it again:\n\n"
    "    wardmark verify images --suspect MODEL --record record -k release.key --test PICTURES --log NEW-FILE\n";

[[noreturn]] void altered(const fs::path& file, const std::string& what) {
  throw Error(Code::bundle_altered, shown(file) + ": " + what, "ask for another copy of the bundle");
}

std::string text_of_file(const fs::path& file) {
  const Bytes bytes = read_file(file);
  return std::string(text_of(ByteView(bytes)));
}

std::string file_digest(ByteView bytes) { return to_hex(digest(nullptr, "bundle-file", {bytes})); }

std::string seal_of(const ReleaseKeys& keys, const json& files) {
  const std::string text = files.dump(-1, ' ', false, json::error_handler_t::replace);
  return to_hex(digest(&keys.mac, "evidence-bundle", {bytes_of(text)}));
}

std::string list_text(const json& files, const std::string& seal) {
  return json{{"schema", kListSchema}, {"files", files}, {"seal", seal}}.dump(1) + "\n";
}

std::string test_text(const TestFiles& files) {
  json value{{"schema", kTestSchema},           {"release", files.intent.release},
             {"suspect", files.intent.suspect}, {"identity", files.intent.identity},
             {"level", files.intent.level},     {"number", files.number},
             {"pictures", files.pictures},      {"contents", files.contents}};
  if (!files.places.empty()) value.update({{"places", files.places}, {"access", name(files.access)}});
  return value.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

TestFiles parse_test(const fs::path& file) {
  try {
    const json value = json::parse(text_of_file(file));
    if (value.at("schema") != kTestSchema) altered(file, "of another version");
    TestFiles files;
    value.at("release").get_to(files.intent.release);
    value.at("suspect").get_to(files.intent.suspect);
    value.at("identity").get_to(files.intent.identity);
    value.at("level").get_to(files.intent.level);
    value.at("number").get_to(files.number);
    value.at("pictures").get_to(files.pictures);
    value.at("contents").get_to(files.contents);
    if (files.contents.size() != files.pictures.size()) altered(file, "pictures and digests are not as many");
    if (value.contains("places")) {
      value.at("places").get_to(files.places);
      files.access = access_of(value.at("access"));
      if (files.places.size() != files.pictures.size()) altered(file, "pictures and places are not as many");
    }
    return files;
  } catch (const json::exception&) {
    altered(file, "is damaged");
  }
}

std::vector<std::string> files_below(const fs::path& folder) {
  std::vector<std::string> names;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_directory() && !entry.is_symlink()) continue;
    if (!entry.is_regular_file() || entry.is_symlink()) altered(entry.path(), "is no plain file");
    names.push_back(fs::relative(entry.path(), folder).generic_string());
  }
  std::ranges::sort(names);
  return names;
}

/// All files are there, no other is, and each has its digest. Returns the sealed list's files and its seal.
std::pair<json, std::string> checked_list(const fs::path& folder) {
  if (!fs::exists(folder / kList)) altered(folder / kList, "is missing; the bundle is not whole");
  json files;
  std::string seal;
  try {
    const std::string text = text_of_file(folder / kList);
    const json list = json::parse(text);
    if (list.at("schema") != kListSchema) altered(folder / kList, "of another version");
    list.at("seal").get_to(seal);
    files = list.at("files");
    if (!files.is_object() || text != list_text(files, seal)) altered(folder / kList, "is damaged");
    for (const std::string& name : files_below(folder)) {
      if (name == kList) continue;
      if (!files.contains(name)) altered(folder / name, "stands in no list of the bundle");
      if (files.at(name) != file_digest(read_file(folder / name))) altered(folder / name, "is not as it was written");
    }
    for (const auto& [name, value] : files.items()) {
      if (!fs::exists(folder / name)) altered(folder / name, "is missing");
    }
  } catch (const json::exception&) {
    altered(folder / kList, "is damaged");
  }
  return {files, seal};
}

/// The table again, from what was answered.
ResponseTable recounted(const fs::path& folder, const Plan& plan, const ReleaseKeys& keys, const TestFiles& test,
                        const QueryAnswers& answers) {
  const QuestionFacts facts{plan.method,
                            plan.parameters,
                            class_names_of(plan),
                            pool_of(plan, keys),
                            keys.pool_root.derive("query-order"),
                            test.contents,
                            answers.table.access()};
  return recounted(text_of_file(folder / "queries.jsonl"), facts, test.pictures, answers.suspect);
}

/// The differences of twins again, from what was answered.
std::vector<std::int64_t> recounted(const fs::path& folder, const Plan& plan, const ReleaseKeys& keys, const Draw& draw,
                                    const TestFiles& test, const TwinAnswers& answers) {
  const QuestionFacts facts{plan.method,      plan.parameters, class_names_of(plan), {draw.pool_key},
                            twin_order(keys), test.contents,   test.access};
  const QuestionOrder order(facts.order, 1, 2, test.pictures.size());
  const auto width = facts.access == Access::labels ? 1 : static_cast<std::uint32_t>(facts.classes.size());
  const Answers given = parse_journal(text_of_file(folder / "queries.jsonl"), identity_of(facts, answers.suspect),
                                      order.size(), facts.access, width);
  std::vector<std::uint32_t> of_class;
  for (const auto& [id, class_index] : test.pictures) of_class.push_back(class_index);
  return twin_differences(order, given, of_class, classes_of(answers.suspect.labels, facts.classes));
}

/// A bundle whose files are whole, opened.
struct OpenBundle {
  fs::path folder;
  OpenRecord record;
  ReleaseKeys keys;
  TestFiles test;
  std::vector<TimeStamp> stamps;
};

/// The list of tests says of this one what was computed.
void check_log(const OpenBundle& bundle, const std::string& table, double p) {
  const SuspectLog log(bundle.folder / "tests.jsonl", bundle.keys.mac.derive("suspect-log"));
  if (log.number_of(bundle.test.intent) != bundle.test.number || !log.concluded(bundle.test.intent, table, p))
    altered(bundle.folder / "tests.jsonl", "says other things of this test");
}

RecomputedShortcut recomputed_shortcut(const OpenBundle& b) {
  const QueryAnswers answers = parse_query_answers(text_of_file(b.folder / "answers.json"));
  if (recounted(b.folder, b.record.plan, b.keys, b.test, answers).hash() != answers.table.hash())
    altered(b.folder / "answers.json", "its counts are not those of the answers");
  Judgement judgement =
      judged(b.record, b.keys, answers, b.test.intent, b.test.number, b.stamps, b.test.pictures.size());
  check_log(b, judgement.verdict.table, judgement.verdict.result.p);
  return {std::move(judgement), answers.table, class_names_of(b.record.plan)};
}

TwinVerdict recomputed_twins(const OpenBundle& b) {
  const Plan& plan = b.record.plan;
  for (std::size_t n = 0; n < b.test.places.size(); ++n) {
    const std::uint64_t place = b.test.places[n];
    if (place >= plan.items.size() || plan.items[place].id != b.test.pictures[n].first)
      altered(b.folder / "test.json", "names other pictures than the plan");
  }
  const Draw draw = recorded_draw(b.record, b.keys);
  const TwinAnswers answers = parse_twin_answers(text_of_file(b.folder / "answers.json"));
  if (recounted(b.folder, plan, b.keys, draw, b.test, answers) != answers.differences)
    altered(b.folder / "answers.json", "its differences are not those of the answers");
  TwinVerdict verdict = judged_twins(plan, draw, answers, b.test.places, b.test.intent, b.test.number, b.stamps);
  verdict.access = b.test.access;
  check_log(b, verdict.table, verdict.result.p);
  return verdict;
}

}  // namespace

void write_bundle(const fs::path& folder, const RecordFolder& record, const Plan& plan, const OwnerKey& key,
                  const TestFiles& files) {
  if (fs::exists(folder) && !fs::is_empty(folder)) {
    throw Error(Code::output_exists, shown(folder) + ": holds something already", "name a new folder");
  }
  json list = json::object();
  const auto add = [&](const std::string& name, ByteView bytes) {
    write_file(folder / name, bytes, 0600);
    list[name] = file_digest(bytes);
  };
  fs::create_directories(folder);
  fs::permissions(folder, fs::perms::owner_all);
  add("README.txt", bytes_of(kReadMe));
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
  add("test.json", bytes_of(test_text(files)));
  add("queries.jsonl", read_file(files.journal));
  add("answers.json", read_file(files.answers));
  add("tests.jsonl", read_file(files.log));
  const std::string seal = seal_of(release_keys(plan, key), list);
  write_file(folder / kList, bytes_of(list_text(list, seal)), 0600);
}

Recomputed recomputed(const fs::path& folder) {
  const auto [list, seal] = checked_list(folder);
  const OwnerKey key = OwnerKey::parse(text_of_file(folder / "release.key"));
  OpenRecord record = open_record(RecordFolder(folder / "record"), key);
  const ReleaseKeys keys = release_keys(record.plan, key);
  if (seal != seal_of(keys, list)) altered(folder / kList, "its seal does not fit");
  TestFiles test = parse_test(folder / "test.json");
  if (test.intent.release != to_hex(ByteView(record.plan.id))) altered(folder / "test.json", "is of another release");
  auto stamps = kept_stamps(RecordFolder(folder / "record"), commitments_of(record));
  const OpenBundle bundle{folder, std::move(record), keys, std::move(test), std::move(stamps)};
  if (bundle.test.places.empty()) return recomputed_shortcut(bundle);
  return recomputed_twins(bundle);
}

}  // namespace wardmark
