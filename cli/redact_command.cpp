#include <CLI/CLI.hpp>
#include <algorithm>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "cli/command.h"
#include "cli/fitting.h"
#include "cli/key_options.h"
#include "cli/open_record.h"
#include "core/error.h"
#include "io/atomic_file.h"
#include "io/file_scan.h"
#include "io/item_id.h"

namespace wardmark {
namespace {

namespace fs = std::filesystem;

struct RedactArgs {
  std::string record, items;
  KeyOptions key;
};

/// Ids to strike; which of them were found.
using Wanted = std::map<std::string, bool>;

Wanted wanted_items(const std::string& file) {
  if (!fs::exists(file)) throw Error(Code::input_missing, "--items: " + shown(file) + ": does not exist");
  Wanted wanted;
  const Bytes text = read_file(file);
  for (const std::string& path : split_file_list(text_of(ByteView(text)), '\n')) wanted.emplace(item_id(path), false);
  if (wanted.empty()) throw Error(Code::input_empty, "--items: " + shown(file) + ": names no item");
  return wanted;
}

/// One plan and the manifests that follow it.
struct Part {
  Plan* plan;
  fs::path plan_path;
  std::vector<fs::path> manifests;
  std::function<std::string()> format;  ///< the plan's file, anew
};

/// Strikes the wanted items from a plan, and from its manifests before: whatever a killed run left, the same command
/// ends it. Returns how many.
std::uint64_t strike(Part& part, Wanted& wanted, const NameKeys& names, const ReleaseKeys& keys) {
  std::vector<Manifest> manifests;
  std::set<std::uint64_t> places;
  for (const fs::path& path : part.manifests) {
    const Bytes text = read_file(path);
    manifests.push_back(parse_manifest(text_of(ByteView(text))));
    for (const std::string& line : manifests.back().lines) {
      const ManifestItem item = open_item(line, keys);
      if (item.state == ItemState::withdrawn) places.insert(item.n);
    }
  }
  std::set<std::uint64_t> struck;
  std::set<std::string> owners;
  for (std::size_t n = 0; n < part.plan->items.size(); ++n) {
    PlanItem& item = part.plan->items[n];
    const auto at = wanted.find(item.id);
    const bool asked = !item.withdrawn && at != wanted.end();
    if (asked) at->second = true;
    if (asked || item.withdrawn || places.contains(n)) struck.insert(n);
    if (item.withdrawn || !(asked || places.contains(n))) continue;
    owners.insert(item.id);
    PlanItem bare;
    bare.withdrawn = plan_leaf(item, names);
    item = bare;
  }
  std::erase_if(part.plan->companions, [&](const Companion& c) {
    return std::ranges::any_of(owners, [&](const std::string& id) {
      const std::string stem = id.substr(0, id.size() - extension_of(id).size());
      return c.path == id || c.path.starts_with(stem + ".");
    });
  });
  if (struck.empty()) return 0;
  const std::string plan_text = part.format();
  for (std::size_t m = 0; m < manifests.size(); ++m) {
    write_file(part.manifests[m], bytes_of(redact_manifest(manifests[m], struck, part.plan->hash, keys)), 0600);
  }
  write_file(part.plan_path, bytes_of(plan_text), 0600);
  return owners.size();
}

/// Noise that was fitted to withdrawn items goes too: it is kept under their ids.
void strike_fit(const RecordFolder& record, const ReleaseKeys& keys, const Wanted& wanted) {
  const auto fit = recorded_fit(record, keys);
  if (fit == nullptr || fit->by_class) return;
  FitState left = *fit;
  const std::size_t each = fit->ids.empty() ? 0 : fit->noise.size() / fit->ids.size();
  left.ids.clear();
  left.noise.clear();
  for (std::size_t i = 0; i < fit->ids.size(); ++i) {
    if (wanted.contains(fit->ids[i])) continue;
    left.ids.push_back(fit->ids[i]);
    const auto from = fit->noise.begin() + static_cast<std::ptrdiff_t>(i * each);
    left.noise.insert(left.noise.end(), from, from + static_cast<std::ptrdiff_t>(each));
  }
  if (left.ids.size() != fit->ids.size()) record_fit(record, keys, left);
}

/// Earlier states that still name the items are told of, not touched.
void warn_of_copies(const RecordFolder& record, Console& console) {
  const fs::path folder = record.path().has_parent_path() ? record.path().parent_path() : fs::path(".");
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().filename().string().starts_with(record.path().filename().string() + ".old-"))
      console.warn(shown(entry.path()) + ": an older record, which still names the items");
  }
}

ExitStatus redact(const RedactArgs& args, Console& console) {
  const OwnerKey key = load_key(args.key, console);
  const RecordFolder record(args.record);
  Wanted wanted = wanted_items(args.items);
  Plan plan = parse_plan(record.read_plan(), key);
  const NameKeys names(key.name_key(plan.release_name));
  const ReleaseKeys keys(names.name_key, plan.id);
  Part whole{&plan, record.plan_path(), record.parts(), [&] { return format_plan(plan, key); }};
  if (fs::exists(record.manifest_path({}))) whole.manifests.push_back(record.manifest_path({}));
  if (whole.manifests.empty()) throw Error(Code::record_incomplete, shown(record.path()) + ": no manifest");
  // All batches are read before the first file is written: one that was not finished stops everything.
  std::vector<Batch> batches;
  std::vector<Part> parts;
  const auto numbers = record.batches();
  batches.reserve(numbers.size());
  for (const std::uint32_t number : numbers) {
    batches.push_back(parse_batch(text_of(read_file(record.plan_path(number))), plan, key));
    const auto text = record.read_manifest({}, number);
    if (!text || !parse_manifest(*text, true).footer) {
      throw Error(Code::record_incomplete,
                  shown(record.path()) + ": batch " + std::to_string(number) + " was not finished",
                  "finish it with protect --extend --resume first");
    }
    parts.push_back({&batches.back().plan,
                     record.plan_path(number),
                     {record.manifest_path({}, number)},
                     [&batch = batches.back(), &plan, &key] { return format_batch(batch, plan, key); }});
  }
  parts.insert(parts.begin(), std::move(whole));
  std::uint64_t struck = 0;
  for (Part& part : parts) struck += strike(part, wanted, names, keys);
  strike_fit(record, keys, wanted);
  std::error_code ignored;
  fs::remove(record.fit_checkpoint_path(), ignored);
  warn_of_copies(record, console);
  for (const auto& [id, found] : wanted) {
    if (!found) console.warn(printable(console.item_text(id)) + ": no item of the record, or withdrawn before");
  }
  const bool all = std::ranges::all_of(wanted, [](const auto& row) { return row.second; });
  if (console.style().json) {
    console.result(nlohmann::json{{"schema", "wardmark.redact/1"},
                                  {"release", to_hex(ByteView(plan.id))},
                                  {"withdrawn", struck},
                                  {"unknown", std::ranges::count(wanted, false, &Wanted::value_type::second)}}
                       .dump() +
                   "\n");
  } else {
    console.result("withdrawn: " + counted(struck, "item") + " of release '" + printable(plan.release_name) + "'\n");
  }
  console.say(
      "remove the files themselves, copies of the plan, and bundles that were handed out: they are not touched");
  return all ? ExitStatus::ok : ExitStatus::negative;
}

}  // namespace

void declare_manifest_redact(CLI::App& app, Action& action) {
  auto args = std::make_shared<RedactArgs>();
  app.add_option("record", args->record, "the record's folder")->required()->type_name("OUT.wardmark");
  app.add_option("--items", args->items, "file with the path of one item a line")->required()->type_name("FILE");
  add_key_options(app, args->key);
  action = [args](Console& console) { return redact(*args, console); };
}

}  // namespace wardmark
