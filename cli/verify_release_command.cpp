#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/dataset_formats.h"
#include "cli/dataset_options.h"
#include "cli/key_options.h"
#include "cli/open_record.h"
#include "cli/protect_job.h"
#include "cli/release_options.h"
#include "io/atomic_file.h"
#include "verify/text_release_check.h"

namespace wardmark {
namespace {

struct VerifyReleaseArgs {
  std::string release;
  std::string record;
  KeyOptions key;
  bool subset = false;
  unsigned jobs = default_jobs();
  bool private_paths = false;
};

std::unique_ptr<DatasetReader> open_release(const std::string& path, const Plan& plan) {
  DatasetOptions options;
  options.format = plan.format;
  options.labels.from = LabelSource::From::none;
  options.released = true;
  for (const auto& [name, value] : plan.output) {
    if (name == "splits") options.splits = split_list(value);
  }
  options.limits.max_pixels = std::uint64_t{1} << 34;  // what was released is checked whatever its size
  const DatasetFormat* format = find_dataset_format(options.format);
  if (format == nullptr) throw Error(Code::record_format, "the record names an unknown format '" + plan.format + "'");
  if (!std::filesystem::exists(path)) throw Error(Code::input_missing, path + ": does not exist");
  return format->open(path, options);
}

nlohmann::json row_json(const FindingRow& row, const Console& console) {
  nlohmann::json value{{"id", console.item_text(row.id)}, {"finding", name(row.finding)}};
  if (!row.other.empty()) value[row.finding == Finding::moved ? "found_at" : "holds"] = console.item_text(row.other);
  return value;
}

void print(const ReleaseCheck& check, const OpenRecord& record, bool subset, Console& console) {
  if (console.style().json) {
    nlohmann::json rows = nlohmann::json::array();
    for (const FindingRow& row : check.rows) rows.push_back(row_json(row, console));
    console.result(nlohmann::json{{"schema", "wardmark.verify-release/1"},
                                  {"release", to_hex(ByteView(record.plan.id))},
                                  {"checked", check.checked},
                                  {"intact", check.intact},
                                  {"metadata_changed", check.metadata_changed},
                                  {"withdrawn", check.withdrawn},
                                  {"batches", record.batches.size()},
                                  {"container_changed", check.container_changed},
                                  {"findings", rows},
                                  {"whole", check.whole(subset)}}
                       .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) +
                   "\n");
    return;
  }
  for (const FindingRow& row : check.rows) {
    if (subset && row.finding == Finding::missing) continue;
    const char* const relation = row.finding == Finding::moved ? " is now " : " holds the picture of ";
    console.result(std::string(name(row.finding)) + ": " + printable(console.item_text(row.id)) +
                   (row.other.empty() ? "" : relation + printable(console.item_text(row.other))) + "\n");
  }
  if (check.container_changed) console.result("altered: the file beside its protected items\n");
  console.result(std::string(check.whole(subset) ? "intact" : "altered") + ": " + std::to_string(check.intact) +
                 " of " + counted(check.checked, "item") + " as released" +
                 (check.withdrawn > 0 ? ", " + std::to_string(check.withdrawn) + " withdrawn" : "") + "\n");
}

ReleaseCheck checked(const VerifyReleaseArgs& args, const OpenRecord& record, Console& console) {
  if (record.plan.format == kTextStream) return check_text_stream(args.release, record.items, console);
  if (record.plan.method == "ghost") return check_text_release(args.release, record.plan, record.items, console);
  const auto reader = open_release(args.release, record.plan);
  return check_release(*reader, with_companions(record), all_items(record), args.jobs, console);
}

/// A single file found anywhere, of a release that is a folder: which of its items is it?
ExitStatus find_file(const VerifyReleaseArgs& args, const OpenRecord& record, Console& console) {
  DatasetOptions options;
  options.labels.from = LabelSource::From::none;
  options.released = true;
  options.limits.max_pixels = std::uint64_t{1} << 34;
  const DatasetFormat& format = dataset_format_for(args.release, options);
  const FindingRow row = find_in_release(*format.open(args.release, options), all_items(record));
  const bool foreign = row.finding == Finding::foreign;
  if (console.style().json) {
    nlohmann::json value{{"schema", "wardmark.verify-file/1"},
                         {"release", to_hex(ByteView(record.plan.id))},
                         {"name", record.plan.release_name},
                         {"finding", name(row.finding)}};
    if (!foreign) value["item"] = console.item_text(row.id);
    console.result(value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
  } else {
    console.result(std::string(name(row.finding)) + ": " + printable(args.release) +
                   (foreign ? " holds no picture of" : " is " + printable(console.item_text(row.id)) + " of") +
                   " release '" + printable(record.plan.release_name) + "'\n");
  }
  return foreign ? ExitStatus::negative : ExitStatus::ok;
}

ExitStatus verify_release(const VerifyReleaseArgs& args, Console& console) {
  if (args.private_paths) console.hide_paths();
  const OwnerKey key = load_key(args.key, console);
  const OpenRecord record = open_record(record_of(args.record, args.release), key);
  console.number_items(ids_of(record.plan));
  for (const OpenBatch& added : record.batches) {
    if (added.finished()) continue;
    console.warn("batch " + std::to_string(added.batch.number) +
                 " of the record was not finished: its last files may be called foreign; finish it with protect "
                 "--extend --resume");
  }
  const bool folder = record.plan.format == "folder" && record.plan.method != "ghost";
  if (folder && std::filesystem::is_regular_file(args.release)) return find_file(args, record, console);
  ReleaseCheck check = checked(args, record, console);
  if (const auto& container = record.manifest.footer->container; container && check.rows.empty()) {
    check.container_changed = output_digest(read_file(args.release)) != *container;
  }
  console.end_progress();
  print(check, record, args.subset, console);
  return check.whole(args.subset) ? ExitStatus::ok : ExitStatus::negative;
}

}  // namespace

void declare_verify_release(CLI::App& app, Action& action) {
  auto args = std::make_shared<VerifyReleaseArgs>();
  app.add_option("release", args->release,
                 "the released folder or file; or one file that was found elsewhere, with --record")
      ->required()
      ->type_name("OUT");
  app.add_option("--record", args->record, "its record (default: OUT.wardmark)")->type_name("DIR");
  add_key_options(app, args->key);
  app.add_flag("--subset", args->subset, "a part of the release is checked: what is missing is no fault");
  app.add_option("-j,--jobs", args->jobs, "threads")->check(CLI::Range(1, 4096))->capture_default_str();
  add_private_paths(app, args->private_paths);
  action = [args](Console& console) { return verify_release(*args, console); };
}

}  // namespace wardmark
