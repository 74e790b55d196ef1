#include "cli/training_options.h"

#include <sched.h>

#include <CLI/CLI.hpp>
#include <charconv>

#include "cli/open_record.h"
#include "cli/protect_job.h"
#include "core/error.h"

namespace wardmark {
namespace {

constexpr int kMostSide = 2048;

int side_of(std::string_view text) {
  int side = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), side);
  if (error != std::errc() || end != text.data() + text.size() || side < 8 || side > kMostSide) {
    throw Error(Code::usage, "--size " + std::string(text) + ": no size in pixels", "give N or WxH, 8 to 2048");
  }
  return side;
}

}  // namespace

void add_training_options(CLI::App& app, TrainingArgs& args) {
  constexpr auto data = "Data";
  app.add_option("--labels", args.input.labels,
                 "where classes come from: folder[:first|leaf|N], a CSV or JSON file, dicom:KEYWORD")
      ->type_name("SOURCE")
      ->capture_default_str()
      ->group(data);
  app.add_option("--classes", args.input.classes, "file with the class names of integer labels, one a line")
      ->type_name("FILE")
      ->group(data);
  app.add_option("--size", args.size, "train at this size (default: the pictures' own up to 64 px, else 224)")
      ->type_name("N|WxH")
      ->group(data);
  constexpr auto run = "Run";
  app.add_option("--device", args.device, "where to compute: auto, cpu or gpu")
      ->check(CLI::IsMember({"auto", "cpu", "gpu"}))
      ->capture_default_str()
      ->group(run);
  app.add_option("--precision", args.precision, "auto (bf16 where the processor has it), fp32 or bf16")
      ->check(CLI::IsMember({"auto", "fp32", "bf16"}))
      ->capture_default_str()
      ->group(run);
  app.add_option("--seed", args.seed, "of weights, order and crops")->capture_default_str()->group(run);
  app.add_option("-j,--jobs", args.jobs, "threads (default: all allowed cores)")
      ->check(CLI::Range(1, 4096))
      ->group(run);
}

void add_released_options(CLI::App& app, ReleasedArgs& args, const std::string& of) {
  add_key_options(app, args.key);
  app.add_option("--record", args.record, "with a key: the record of " + of + " (default: beside it)")
      ->type_name("DIR");
}

std::optional<RecordedItems> recorded_items(const ReleasedArgs& args, const std::string& path, Console& console) {
  if (!has_key(args.key)) {
    if (!args.record.empty()) throw Error(Code::usage, "--record without a key", "add -k KEY");
    return std::nullopt;
  }
  const OpenRecord record = open_record(record_of(args.record, path), load_key(args.key, console));
  RecordedItems items;
  const auto add = [&](const Plan& plan, const std::vector<ManifestItem>& lines) {
    for (const ManifestItem& item : lines) {
      if (item.output_id.empty()) continue;  // refused or withdrawn
      const std::uint32_t c = plan.items.at(item.n).class_index;
      items[item.output_id] = {item.id, c == kNoClass ? std::string() : plan.classes.at(c).name};
    }
  };
  add(record.plan, record.items);
  for (const OpenBatch& added : record.batches) add(added.batch.plan, added.items);
  return items;
}

DatasetOptions training_dataset(const TrainingArgs& args, const std::string& path) {
  InputArgs input = args.input;
  input.input = path;
  return dataset_options(input);
}

PictureSize parse_size(const std::string& text) {
  PictureSize size;
  if (text.empty()) return size;
  const std::size_t cross = text.find('x');
  size.width = side_of(std::string_view(text).substr(0, cross));
  size.height = cross == std::string::npos ? size.width : side_of(std::string_view(text).substr(cross + 1));
  return size;
}

unsigned allowed_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (::sched_getaffinity(0, sizeof(set), &set) != 0) return 1;
  return static_cast<unsigned>(std::max(1, CPU_COUNT(&set)));
}

Compute start_compute(const TrainingArgs& args) {
  set_threads(static_cast<int>(args.jobs == 0 ? allowed_cores() : args.jobs));
  return choose_compute(parse_device(args.device), parse_precision(args.precision));
}

}  // namespace wardmark
