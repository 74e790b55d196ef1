#include "cli/protect_job.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "cli/dataset_formats.h"
#include "cli/fitting.h"
#include "cli/study_options.h"
#include "core/error.h"
#include "io/atomic_file.h"
#include "perturb/fit.h"

namespace wardmark {
namespace {

namespace fs = std::filesystem;

std::optional<std::uint32_t> number(std::string_view text) {
  std::uint32_t value = 0;
  const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (bad != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

/// Index of this task in a batch engine's array, counted from 1.
std::uint32_t array_index(int base) {
  struct Variable {
    const char* name;
    int base;
  };
  for (const Variable& v :
       {Variable{"SLURM_ARRAY_TASK_ID", 1}, {"JOB_COMPLETION_INDEX", 0}, {"AWS_BATCH_JOB_ARRAY_INDEX", 0}}) {
    const char* text = std::getenv(v.name);
    if (text == nullptr) continue;
    const auto index = number(text);
    const int first = base >= 0 ? base : v.base;
    if (!index || static_cast<int>(*index) < first) {
      throw Error(Code::shard,
                  std::string(v.name) + ": not an index from " + std::to_string(first) + ": '" + text + "'",
                  "say where the array starts with --shard-base 0 or 1");
    }
    return *index - static_cast<std::uint32_t>(first) + 1;
  }
  throw Error(Code::shard, "--shard auto: no array variable of Slurm, Kubernetes or AWS Batch is set",
              "name the shard: --shard 1/8");
}

std::string value_of(const Settings& settings, std::string_view name) {
  const auto at = std::ranges::find(settings, name, &Settings::value_type::first);
  return at == settings.end() ? std::string() : at->second;
}

/// A resumed run must be the same recipe to the letter.
void check_same_recipe(const ProtectArgs& args, const OpenInput& input, const Plan& plan, const MethodInfo& method,
                       const std::string& where) {
  check_against_plan(args, plan, method, where);
  const auto differs = [&](const char* what) {
    throw Error(Code::recipe_changed, where + ": " + what + " of the record differs from this command's",
                "run the same command as before, or use --overwrite");
  };
  const MethodArgs& typed = args.release.method;
  if (chosen_parameters(typed, method) != plan.parameters) differs("a parameter");
  if (recipe_of(args.release, *input.format, method) != plan.output) {
    differs("the output");
  }
  const bool same_classes = std::ranges::equal(input.classes, plan.classes, {}, &ClassCount::name, &PlanClass::name);
  if (!same_classes) differs("the list of classes");
}

/// Opens the input the way a plan says.
OpenInput open_planned(const ProtectArgs& args, const Plan& plan, const MethodInfo& method, Console& console) {
  InputArgs typed = args.release.input;
  typed.output_format = value_of(plan.output, "output-format");
  typed.carry = value_of(plan.output, "carry");
  typed.jpeg_quality = static_cast<int>(number(value_of(plan.output, "jpeg-quality")).value_or(0));
  if (const std::string splits = value_of(plan.output, "splits"); !splits.empty()) typed.splits = splits;
  OpenInput input;
  input.options = dataset_options(typed);
  take_study(input.options, plan, method, args.jobs);
  const bool list = input.options.files && plan.format != "dicom";
  const std::string_view format = list ? "list" : std::string_view(plan.format);
  input.options.format = format;
  input.format = find_dataset_format(format);
  if (input.format == nullptr) throw Error(Code::plan_format, "plan of unknown format '" + plan.format + "'");
  console.number_items(ids_of(plan));
  input.reader = input.format->open(input_path(typed), input.options);
  const auto& items = input.reader->survey().items;
  const auto fresh = std::ranges::count_if(items, [&](const Item& item) {
    return item.protect && !std::ranges::binary_search(plan.items, item.id, {}, &PlanItem::id);
  });
  if (fresh > 0) {
    console.warn(counted(static_cast<std::uint64_t>(fresh), "item") +
                 " of the input stand in no plan and are left out");
  }
  return input;
}

/// State of record and output: refuses what would mix two releases.
struct Ground {
  bool fresh = true;         ///< nothing of this recipe was written yet
  std::optional<Plan> plan;  ///< of the record, when it has one
};

Ground look_at_record(const ProtectArgs& args, const RecordFolder& record, Shard shard, const OwnerKey& key) {
  Ground ground;
  if (args.overwrite || !fs::exists(record.plan_path())) return ground;
  const bool part_exists = fs::exists(record.manifest_path(shard));
  if (!args.resume && (shard.whole() || part_exists)) {
    throw Error(Code::output_exists, record.path().string() + ": a record exists",
                "--resume continues that run, --overwrite starts anew and keeps the old record");
  }
  ground.plan = parse_plan(record.read_plan(), key);
  ground.fresh = false;
  return ground;
}

bool holds_something(const std::string& output) {
  std::error_code none;
  if (!fs::exists(output, none)) return false;
  return !fs::is_directory(output, none) || !fs::is_empty(output, none);
}

ManifestHeader header_of(const Plan& plan, const std::optional<BeaconRound>& beacon, Shard shard) {
  ManifestHeader header;
  header.release = plan.id;
  header.name_token = plan.name_token;
  header.plan_hash = plan.hash;
  header.commitment_1 = plan.commitment_1;
  if (beacon) {
    header.draw = "beacon";
    header.beacon = beacon->value(plan.beacon->network);
  }
  if (!shard.whole()) {
    header.shards = {shard.index};
    header.shard_count = shard.count;
  }
  return header;
}

void check_shard(const ProtectArgs& args, const OpenInput& input, Shard shard) {
  if (args.shard.empty()) return;
  if (args.plan.empty()) {
    throw Error(Code::shard, "--shard without --plan: every shard must follow one plan",
                "make it once with: wardmark plan IN -k KEY -m METHOD -o plan.json");
  }
  if (args.overwrite) throw Error(Code::shard, "--overwrite with --shard: the shards would overwrite each other");
  if (!shard.whole() && input.format->single_output) {
    throw Error(Code::shard, "--shard with a single-file output: one process must write it", "leave --shard out");
  }
}

}  // namespace

void check_against_plan(const ProtectArgs& args, const Plan& plan, const MethodInfo& method, const std::string& where) {
  const MethodArgs& typed = args.release.method;
  const auto differs = [&](const char* what) {
    throw Error(Code::recipe_changed, where + ": " + what + " differs from this command's",
                "leave it out of the command, or start anew under another output");
  };
  if (!typed.method.empty() && find_method(typed.method).name != plan.method) differs("the method");
  if (!typed.parameters.empty() && chosen_parameters(typed, method) != plan.parameters) differs("a parameter");
  const Settings output = recipe_of(args.release);
  for (const auto& [name, value] : output) {
    if (value_of(plan.output, name) != value) differs(("--" + name).c_str());
  }
  if (!args.release.release.empty() && args.release.release != plan.release_name) differs("the release name");
}

void take_study(DatasetOptions& options, const Plan& plan, const MethodInfo& method, unsigned jobs) {
  options.study = study_options(plan.output, method);
  options.jobs = jobs;
  if (plan.format != "dicom") return;
  options.facts.emplace();
  for (const PlanItem& item : plan.items) options.facts->emplace(item.id, item.facts);
}

Shard parse_shard(const std::string& text, int base) {
  if (text.empty()) return {};
  const std::size_t slash = text.find('/');
  const auto count = slash == std::string::npos ? std::nullopt : number(std::string_view(text).substr(slash + 1));
  if (!count || *count == 0) throw Error(Code::shard, "--shard: '" + text + "' is not i/N", "for example --shard 2/8");
  const std::string first = text.substr(0, slash);
  const auto index = first == "auto" ? std::optional(array_index(base)) : number(first);
  if (!index || *index == 0 || *index > *count) {
    throw Error(Code::shard, "--shard: '" + text + "' is not between 1/" + std::to_string(*count) + " and " +
                                 std::to_string(*count) + "/" + std::to_string(*count));
  }
  return {*index, *count};
}

RecordFolder record_of(const std::string& record, const std::string& output) {
  return record.empty() ? RecordFolder::beside(output) : RecordFolder(record);
}

ProtectJob settle(const ProtectArgs& args, const OwnerKey& key, Console& console, const std::atomic<bool>& stop) {
  ProtectJob job;
  job.shard = parse_shard(args.shard, args.shard_base);
  job.record = record_of(args.record, args.output);
  Ground ground;
  if (!args.dry_run) {
    // The output first: another shard makes its record before its output.
    const bool occupied = (args.resume || !args.shard.empty()) && holds_something(args.output);
    ground = look_at_record(args, *job.record, job.shard, key);
    if (occupied && ground.fresh) {
      throw Error(Code::output_exists, args.output + ": exists, and no record of this release lies beside it",
                  "choose another output");
    }
  }
  const std::string where = ground.plan ? job.record->path().string() : args.plan;

  std::optional<Plan> given;
  if (!args.plan.empty()) given = parse_plan(text_of(read_file(args.plan)), key);
  if (given && ground.plan && given->hash != ground.plan->hash) {
    throw Error(Code::recipe_changed, job.record->path().string() + ": the record follows another plan",
                "use the plan of the record, or another output");
  }
  if (!given) given = std::move(ground.plan);
  job.method = given ? &find_method(given->method) : &chosen_method(args.release.method);
  const Parameters parameters = given ? given->parameters : chosen_parameters(args.release.method, *job.method);
  const bool fits = needs_fit(*job.method, parameters);
  if (fits && (args.dry_run || !fs::exists(job.record->fit_path()))) {
    if (!job.shard.whole()) {
      throw Error(Code::shard, "--shard: " + std::string(job.method->name) + " is fitted to the whole input first",
                  "run the same command once with --fit-only and without --shard");
    }
    need_fitting();  // before stdin is read
  }
  if (args.fit_only && !looks_first(*job.method, parameters))
    throw Error(Code::usage, "--fit-only: " + std::string(job.method->name) + " is not fitted", "leave it out");
  if (given && !args.plan.empty()) {
    check_against_plan(args, *given, *job.method, where);
    job.input = open_planned(args, *given, *job.method, console);
  } else {
    job.input = open_input(args.release, *job.method, args.jobs, console);
    if (given) {
      check_same_recipe(args, job.input, *given, *job.method, where);
      take_study(job.input.options, *given, *job.method, args.jobs);
      if (job.input.options.facts) {
        job.input.reader = job.input.format->open(input_path(args.release.input), job.input.options);
      }
    }
  }
  check_shard(args, job.input, job.shard);
  job.resume = !ground.fresh;
  job.input.options.resume = job.resume || args.resume || !args.shard.empty();
  job.input.options.overwrite = args.overwrite;
  job.input.options.shared_output = !job.shard.whole();
  if (!args.dry_run) check_output_place(input_path(args.release.input), args.output, job.input.options);

  job.plan = given ? std::move(given) : make_plan(args.release, job.input, *job.method, key, args.jobs, console, stop);
  if (!job.plan) return job;
  const Plan& plan = *job.plan;
  console.number_items(ids_of(plan));
  job.plan_text = format_plan(*job.plan, key);
  job.budget = budget_of(plan.output, *job.method);
  std::optional<BeaconRound> beacon;
  if (!args.beacon.empty()) beacon = parse_beacon(text_of(read_file(args.beacon)));
  const ReleaseKeys keys(key.name_key(plan.release_name), plan.id);
  job.draw = draw_plan(plan, keys, beacon);
  job.header = header_of(plan, beacon, job.shard);
  job.protector = prepare_method(plan, *job.method, job.draw.pool_key, job.draw.slots);
  if (job.method->verifiable && !job.protector->verifiable()) {
    console.say(
        "note: with these parameters the marks do not come from the key: this release cannot be verified later");
  }
  return job;
}

}  // namespace wardmark
