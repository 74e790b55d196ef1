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

void print(const ReleaseCheck& check, const OpenRecord& record, Console& console) {
  if (console.style().json) {
    nlohmann::json rows = nlohmann::json::array();
    for (const FindingRow& row : check.rows)
      rows.push_back({{"id", console.item_text(row.id)}, {"finding", name(row.finding)}});
    console.result(nlohmann::json{{"schema", "wardmark.verify-release/1"},
                                  {"release", to_hex(ByteView(record.plan.id))},
                                  {"checked", check.checked},
                                  {"intact", check.intact},
                                  {"metadata_changed", check.metadata_changed},
                                  {"container_changed", check.container_changed},
                                  {"findings", rows},
                                  {"whole", check.whole()}}
                       .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) +
                   "\n");
    return;
  }
  for (const FindingRow& row : check.rows) {
    console.result(std::string(name(row.finding)) + ": " + printable(console.item_text(row.id)) + "\n");
  }
  if (check.container_changed) console.result("altered: the file beside its protected items\n");
  console.result(std::string(check.whole() ? "intact" : "altered") + ": " + std::to_string(check.intact) + " of " +
                 counted(check.checked, "item") + " as released\n");
}

ReleaseCheck checked(const VerifyReleaseArgs& args, const OpenRecord& record, Console& console) {
  if (record.plan.format == kTextStream) return check_text_stream(args.release, record.items, console);
  if (record.plan.method == "ghost") return check_text_release(args.release, record.plan, record.items, console);
  const auto reader = open_release(args.release, record.plan);
  return check_release(*reader, record.plan, record.items, args.jobs, console);
}

ExitStatus verify_release(const VerifyReleaseArgs& args, Console& console) {
  if (args.private_paths) console.hide_paths();
  const OwnerKey key = load_key(args.key, console);
  const OpenRecord record = open_record(record_of(args.record, args.release), key);
  console.number_items(ids_of(record.plan));
  ReleaseCheck check = checked(args, record, console);
  if (const auto& container = record.manifest.footer->container; container && check.rows.empty()) {
    check.container_changed = output_digest(read_file(args.release)) != *container;
  }
  console.end_progress();
  print(check, record, console);
  return check.whole() ? ExitStatus::ok : ExitStatus::negative;
}

}  // namespace

void declare_verify_release(CLI::App& app, Action& action) {
  auto args = std::make_shared<VerifyReleaseArgs>();
  app.add_option("release", args->release, "the released folder or file")->required()->type_name("OUT");
  app.add_option("--record", args->record, "its record (default: OUT.wardmark)")->type_name("DIR");
  add_key_options(app, args->key);
  app.add_option("-j,--jobs", args->jobs, "threads")->check(CLI::Range(1, 4096))->capture_default_str();
  add_private_paths(app, args->private_paths);
  action = [args](Console& console) { return verify_release(*args, console); };
}

}  // namespace wardmark
