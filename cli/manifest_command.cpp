#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/key_options.h"
#include "cli/open_record.h"
#include "core/manifest_merge.h"
#include "io/atomic_file.h"
#include "io/line_file.h"

namespace wardmark {
namespace {

struct ManifestArgs {
  std::string record;
  std::vector<std::string> files;
  std::string output;
  KeyOptions key;
};

std::vector<std::filesystem::path> part_paths(const ManifestArgs& args) {
  std::vector<std::filesystem::path> paths(args.files.begin(), args.files.end());
  return paths.empty() ? RecordFolder(args.record).parts() : paths;
}

std::string missing_shards(const ManifestHeader& header) {
  std::string text;
  for (std::uint32_t s = 1; s <= header.shard_count; ++s) {
    if (!std::ranges::binary_search(header.shards, s)) text += (text.empty() ? "" : ", ") + std::to_string(s);
  }
  return text;
}

/// Of the plan's file, without holding it.
Digest plan_hash(const std::filesystem::path& path) {
  FieldDigest hash = plan_file_digest(std::filesystem::file_size(path));
  PieceFile file(path, 1 << 20);
  for (ByteView piece = file.next(); !piece.empty(); piece = file.next()) hash.add(piece);
  return hash.end();
}

/// Writes lines to a file aside, in large pieces.
class LineWriter {
 public:
  explicit LineWriter(const std::filesystem::path& path) : file_(path, 0600) {}
  void write(std::string_view line) {
    text_.append(line).push_back('\n');
    if (text_.size() >= kPiece) flush();
  }
  void publish() {
    flush();
    file_.publish();
  }

 private:
  static constexpr std::size_t kPiece = 1 << 20;
  void flush() {
    file_.write_at(at_, bytes_of(text_));
    at_ += text_.size();
    text_.clear();
  }
  AsideFile file_;
  std::string text_;
  std::uint64_t at_ = 0;
};

ExitStatus merge(const ManifestArgs& args, Console& console) {
  const OwnerKey key = load_key(args.key, console);
  const RecordFolder record(args.record);
  const ReleaseKeys keys = plan_keys(record.plan_head(), key);
  std::vector<ManifestPart> parts;
  for (const auto& path : part_paths(args)) {
    parts.push_back({path.string(), [file = std::make_shared<LineFile>(path)] { return file->next(); }});
  }
  if (parts.empty()) throw Error(Code::record_format, args.record + ": no manifest of a shard to merge");
  const std::size_t count = parts.size();
  ManifestMerge merging(std::move(parts));
  const ManifestHeader& header = merging.header();
  if (header.plan_hash != plan_hash(record.plan_path())) {
    throw Error(Code::merge_mixed, args.record + ": the manifests follow another plan than the record's");
  }
  const bool complete = header.shards.empty();
  if (!complete && args.output.empty()) {
    throw Error(
        Code::record_incomplete,
        args.record + ": no manifest of shard " + missing_shards(header) + " of " + std::to_string(header.shard_count),
        "finish those shards, or keep a partial manifest with -o FILE");
  }
  const std::filesystem::path target =
      args.output.empty() ? record.manifest_path({}) : std::filesystem::path(args.output);
  LineWriter writer(target);
  const ManifestFooter footer = merging.run(keys, [&](std::string_view line) { writer.write(line); });
  writer.publish();
  console.result("merged " + counted(count, "manifest") + ", " + counted(footer.items, "item") + ": " +
                 printable(target.string()) + "\n");
  return complete ? ExitStatus::ok : ExitStatus::negative;
}

/// Lines follow their plan, and no two items have one output, unless it holds what both say.
void check_lines(const std::string& where, const Plan& plan, const std::vector<ManifestItem>& items,
                 std::map<std::string, Digest>& outputs) {
  for (std::size_t n = 0; n < items.size(); ++n) {
    const ManifestItem& item = items[n];
    const bool struck = item.state == ItemState::withdrawn;
    if (item.n != n || struck != plan.items.at(n).withdrawn.has_value() ||
        (plan.format != kTextStream && item.id != plan.items[n].id)) {
      throw Error(Code::record_altered, where + ": line " + std::to_string(n) + " is of another item than planned");
    }
    if (item.output_id.empty()) continue;  // refused or withdrawn
    if (const auto [at, fresh] = outputs.emplace(item.output_id, item.output); !fresh && at->second != item.output) {
      throw Error(Code::record_altered, where + ": two items have one output, " + item.output_id);
    }
  }
}

nlohmann::json batches_json(const OpenRecord& record) {
  nlohmann::json list = nlohmann::json::array();
  for (const OpenBatch& added : record.batches) {
    const ManifestFooter& footer = *added.manifest.footer;
    list.push_back({{"batch", added.batch.number},
                    {"items", footer.items},
                    {"refused", footer.refused},
                    {"withdrawn", footer.withdrawn},
                    {"root", to_hex(footer.root)}});
  }
  return list;
}

ExitStatus check(const ManifestArgs& args, Console& console) {
  const OwnerKey key = load_key(args.key, console);
  const OpenRecord record = open_record(RecordFolder(args.record), key);
  const ManifestFooter& footer = *record.manifest.footer;
  std::map<std::string, Digest> outputs;
  check_lines(args.record, record.plan, record.items, outputs);
  for (const OpenBatch& added : record.batches) {
    if (!added.finished()) {
      throw Error(Code::record_incomplete,
                  args.record + ": batch " + std::to_string(added.batch.number) + " was not finished",
                  "finish it with: wardmark protect IN --extend " + args.record + " --resume -k KEY");
    }
    check_lines(args.record, added.batch.plan, added.items, outputs);
  }
  if (console.style().json) {
    console.result(nlohmann::json{{"schema", "wardmark.manifest-check/1"},
                                  {"items", footer.items},
                                  {"protected", footer.protected_},
                                  {"left", footer.left},
                                  {"refused", footer.refused},
                                  {"root", to_hex(footer.root)},
                                  {"withdrawn", footer.withdrawn},
                                  {"batches", batches_json(record)},
                                  {"whole", true}}
                       .dump() +
                   "\n");
  } else {
    console.result("whole: " + counted(footer.items, "item") + ", " + std::to_string(footer.protected_) +
                   " protected, " + std::to_string(footer.left) + " left, " + std::to_string(footer.refused) +
                   " refused" + (footer.withdrawn > 0 ? ", " + std::to_string(footer.withdrawn) + " withdrawn" : "") +
                   "; seal and root hash fit\n");
    for (const OpenBatch& added : record.batches) {
      const ManifestFooter& of = *added.manifest.footer;
      console.result("batch " + std::to_string(added.batch.number) + ": " + counted(of.items, "item") + ", " +
                     std::to_string(of.refused) + " refused" +
                     (of.withdrawn > 0 ? ", " + std::to_string(of.withdrawn) + " withdrawn" : "") + "\n");
    }
  }
  return ExitStatus::ok;
}

}  // namespace

void declare_manifest_merge(CLI::App& app, Action& action) {
  auto args = std::make_shared<ManifestArgs>();
  app.add_option("record", args->record, "the record's folder")->required()->type_name("OUT.wardmark");
  app.add_option("parts", args->files, "manifests to join (default: every shard's in the record)")->type_name("FILE");
  app.add_option("-o,--output", args->output, "where to write (default: manifest.jsonl of the record)")
      ->type_name("FILE");
  add_key_options(app, args->key);
  action = [args](Console& console) { return merge(*args, console); };
}

void declare_manifest_check(CLI::App& app, Action& action) {
  auto args = std::make_shared<ManifestArgs>();
  app.add_option("record", args->record, "the record's folder")->required()->type_name("OUT.wardmark");
  add_key_options(app, args->key);
  action = [args](Console& console) { return check(*args, console); };
}

}  // namespace wardmark
