#include "cli/extension.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <utility>

#include "cli/dataset_formats.h"
#include "cli/release_index.h"
#include "cli/spare_slots.h"
#include "cli/study_options.h"
#include "core/error.h"
#include "io/atomic_file.h"
#include "io/file_scan.h"
#include "io/groups.h"
#include "io/item_id.h"
#include "perturb/fit.h"
#include "perturb/scan.h"

namespace wardmark {
namespace {

namespace fs = std::filesystem;

std::string value_of(const Settings& settings, std::string_view name) {
  const auto at = std::ranges::find(settings, name, &Settings::value_type::first);
  return at == settings.end() ? std::string() : at->second;
}

void check_typed(const ProtectArgs& args) {
  const auto refuse = [](const char* what) {
    throw Error(Code::usage, std::string("--extend with ") + what + ": the record says what is done",
                std::string("leave ") + what + " out");
  };
  if (!args.plan.empty()) refuse("--plan");
  if (!args.beacon.empty()) refuse("--beacon");
  if (!args.record.empty()) refuse("--record");
  if (!args.shard.empty()) refuse("--shard");
  if (args.overwrite) refuse("--overwrite");
  if (args.fit_only) refuse("--fit-only");
}

void check_extensible(const Plan& plan, const Protector& protector, const std::string& where) {
  if (plan.format != "folder" && plan.format != "dicom") {
    throw Error(Code::output_kind, where + ": the release is one file, or a corpus of texts, and cannot grow",
                "protect the new items as a release of their own");
  }
  if (!protector.verifiable() && plan.method != "none") {
    throw Error(Code::parameter, where + ": with these parameters a mark depends on the whole list of items",
                "protect the new items as a release of their own");
  }
}

/// Opens the input the way the release's plan says. One file is a list of one, named from --root or its own folder.
OpenInput open_addition(const ProtectArgs& args, const Plan& plan, const MethodInfo& method) {
  InputArgs typed = args.release.input;
  typed.output_format = value_of(plan.output, "output-format");
  OpenInput input;
  input.options = dataset_options(typed);
  take_study(input.options, plan, method, args.jobs);
  input.options.facts.reset();  // of the release's own objects
  if (plan.format == "folder" && fs::is_regular_file(typed.input)) {
    const fs::path root = typed.root.empty() ? fs::path(typed.input).parent_path() : fs::path(typed.root);
    input.options.root = root.empty() ? fs::path(".") : root;
    input.options.files = {fs::relative(typed.input, input.options.root).native()};
  }
  input.format = &dataset_format_for(input_path(typed), input.options);
  const std::string_view kind = input.format->name == "list" ? "folder" : input.format->name;
  if (kind != plan.format) {
    throw Error(Code::output_kind, shown(input_path(typed)) + ": is of kind '" + std::string(kind) +
                                       "', the release of kind '" + plan.format + "'");
  }
  input.reader = input.format->open(input_path(typed), input.options);
  return input;
}

/// Every label of the input, sorted, with how many items have it.
std::vector<PlanClass> labels_of(const Survey& survey) {
  std::map<std::string, std::uint64_t> counts;
  for (const Item& item : survey.items) {
    if (item.protect && !item.label.empty()) ++counts[item.label];
  }
  std::vector<PlanClass> classes;
  for (const auto& [name, count] : counts) classes.push_back({name, count});
  return classes;
}

/// What is new of `items` goes into the batch, with the classes that it needs; the rest is counted.
void take_fresh(std::vector<PlanItem> items, const std::vector<PlanClass>& labels, const ReleaseIndex& index,
                Extension& extension) {
  Plan& plan = extension.batch.plan;
  std::vector<std::uint64_t> counts(labels.size());
  for (PlanItem& item : items) {
    const bool labelled = item.class_index != kNoClass;
    switch (index.standing(item, labelled ? std::string_view(labels[item.class_index].name) : std::string_view())) {
      case Standing::fresh:
        if (labelled) ++counts[item.class_index];
        plan.items.push_back(std::move(item));
        break;
      case Standing::under_way:
        throw Error(Code::output_exists, item.id + ": is in a batch that was not finished",
                    "--resume finishes it, with the same input");
      case Standing::held:
        ++extension.held;
        break;
      case Standing::withdrawn:
        ++extension.withdrawn;
        break;
      case Standing::name_taken:
        extension.changed.push_back(item.id);
        break;
    }
  }
  std::vector<std::uint32_t> places(labels.size());
  for (std::size_t c = 0; c < labels.size(); ++c) {
    places[c] = static_cast<std::uint32_t>(plan.classes.size());
    if (counts[c] > 0) plan.classes.push_back({labels[c].name, counts[c]});
  }
  for (PlanItem& item : plan.items) {
    if (item.class_index != kNoClass) item.class_index = places[item.class_index];
  }
}

/// Sidecars of new items; what else lies in the input is not told again with every batch.
std::vector<Companion> companions_of(const Survey& survey, const Plan& plan) {
  std::vector<Companion> carried;
  for (const Companion& c : survey.companions) {
    if (c.code != Code::carried_sidecar) continue;
    const std::size_t owner = sidecar_owner(survey.items, c.path);
    if (owner < survey.items.size() &&
        std::ranges::binary_search(plan.items, survey.items[owner].id, {}, &PlanItem::id)) {
      carried.push_back(c);
    }
  }
  return carried;
}

/// A batch that was not finished and all of whose items are in the input; null: there is none.
const OpenBatch* unfinished(const OpenRecord& record, const std::vector<PlanItem>& items) {
  for (const OpenBatch& added : record.batches) {
    if (added.finished()) continue;
    const bool all = std::ranges::all_of(added.batch.plan.items, [&](const PlanItem& planned) {
      const auto at = std::ranges::lower_bound(items, planned.id, {}, &PlanItem::id);
      return at != items.end() && at->id == planned.id && at->input == planned.input;
    });
    if (all) return &added;
  }
  return nullptr;
}

/// How many new items the input holds beside those of a batch.
std::uint64_t fresh_beside(const Plan& batch, const std::vector<PlanItem>& items, const std::vector<PlanClass>& labels,
                           const ReleaseIndex& index) {
  return static_cast<std::uint64_t>(std::ranges::count_if(items, [&](const PlanItem& item) {
    if (std::ranges::binary_search(batch.items, item.id, {}, &PlanItem::id)) return false;
    const bool labelled = item.class_index != kNoClass;
    return index.standing(item, labelled ? std::string_view(labels[item.class_index].name) : std::string_view()) ==
           Standing::fresh;
  }));
}

ManifestHeader header_of(const Extension& extension, const ManifestHeader& first) {
  ManifestHeader header = first;
  header.plan_hash = extension.batch.plan.hash;
  header.commitment_1 = extension.batch.plan.commitment_1;
  header.batch = extension.batch.number;
  header.parent = extension.parent.commitment_1;
  return header;
}

/// A file that is there already is nobody's to write over.
void check_free(const ProtectJob& job, const std::string& output) {
  if (job.plan->format != "folder") return;
  const auto writer = job.input.format->create(*job.input.reader, output, job.input.options);
  const std::vector<Item>& items = job.input.reader->survey().items;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (!std::ranges::binary_search(job.plan->items, items[i].id, {}, &PlanItem::id)) continue;
    const fs::path there = fs::path(output) / writer->output_id(i);
    if (!fs::exists(there)) continue;
    throw Error(Code::output_exists, shown(there) + ": exists, and is not of this release",
                "move it away, or give the new item another name");
  }
}

/// Items of the batch whose names another file got in a batch that was published before it.
std::set<std::size_t> taken_names(const ProtectJob& job, const OwnerKey& key) {
  const Extension& extension = *job.extension;
  std::set<std::size_t> taken;
  for (const std::uint32_t number : job.record->batches()) {
    if (number >= extension.batch.number) break;
    const Batch other = parse_batch(text_of(read_file(job.record->plan_path(number))), extension.parent, key);
    for (const PlanItem& item : other.plan.items) {
      const auto at = std::ranges::lower_bound(job.plan->items, item.id, {}, &PlanItem::id);
      if (at != job.plan->items.end() && at->id == item.id && at->input != item.input && item.input)
        taken.insert(static_cast<std::size_t>(at - job.plan->items.begin()));
    }
  }
  return taken;
}

}  // namespace

FileLock& FileLock::operator=(FileLock&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

FileLock::~FileLock() {
  if (fd_ >= 0) ::close(fd_);
}

bool FileLock::take(const fs::path& path) {
  fd_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  return fd_ < 0 || ::flock(fd_, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK;
}

ProtectJob settle_extension(const ProtectArgs& args, const OwnerKey& key, Console& console,
                            const std::atomic<bool>& stop) {
  check_typed(args);
  ProtectJob job;
  job.record = RecordFolder(args.extend);
  const std::string where = shown(job.record->path());
  const OpenRecord record = open_record(*job.record, key);
  job.extension = std::make_shared<Extension>();
  Extension& extension = *job.extension;
  extension.parent = record.plan;
  extension.batch = blank_batch(record.plan);
  const Plan& parent = extension.parent;
  const NameKeys names(key.name_key(parent.release_name));
  const ReleaseKeys keys(names.name_key, parent.id);
  const Draw draw = recorded_draw(*job.record, parent, keys);
  if (parent.method == "ghost") {
    throw Error(Code::output_kind, where + ": a release of texts cannot be extended yet",
                "mark the new texts as a release of their own");
  }
  job.method = &find_method(parent.method);
  check_against_plan(args, parent, *job.method, where);
  check_extensible(parent, *prepare_method(parent, *job.method, draw.pool_key, draw.slots), where);
  job.input = open_addition(args, parent, *job.method);

  const Survey& survey = job.input.reader->survey();
  const std::vector<PlanClass> labels = labels_of(survey);
  const Subkey ledger = key.ledger_key();
  std::vector<PlanItem> items = hash_items(*job.input.reader, labels, names, args.jobs, console, stop, &ledger);
  console.end_progress();
  if (stop) return job;
  const bool grouped = std::ranges::any_of(parent.items, [](const PlanItem& item) { return !item.group.empty(); });
  if (grouped && args.release.group == "item") {
    throw Error(Code::recipe_changed, where + ": the coins of the release are drawn by group",
                "name the groups of the new items with --group");
  }
  if (args.release.group != "item") assign_groups(args.release.group, job.input.options.labels, items);

  if (const OpenBatch* found = args.resume ? unfinished(record, items) : nullptr) {
    extension.batch = found->batch;
    job.resume = true;
    extension.later = fresh_beside(extension.batch.plan, items, labels, ReleaseIndex(record, names));
  } else {
    take_fresh(std::move(items), labels, ReleaseIndex(record, names), extension);
    extension.batch.plan.companions = companions_of(survey, extension.batch.plan);
    extension.batch.slots = slots_of(extension.batch.plan.classes, parent, draw, keys, *job.record, !args.dry_run);
    complete_batch(extension.batch, parent, key);
  }
  job.plan = extension.batch.plan;
  if (parent.format == "dicom" && job.resume) {
    take_study(job.input.options, *job.plan, *job.method, args.jobs);
    job.input.reader = job.input.format->open(input_path(args.release.input), job.input.options);
  }
  console.number_items(ids_of(*job.plan));
  job.input.options.resume = true;         // the output of the release is there
  job.input.options.shared_output = true;  // and others may add to it
  job.budget = budget_of(parent.output, *job.method);
  job.draw = draw_of(extension.batch, draw);
  job.header = header_of(extension, record.manifest.header);
  if (!args.dry_run) {
    check_output_place(input_path(args.release.input), args.output, job.input.options);
    if (!job.resume) check_free(job, args.output);
  }
  job.protector = prepare_method(*job.plan, *job.method, job.draw.pool_key, job.draw.slots);
  return job;
}

void publish_batch(ProtectJob& job, const OwnerKey& key) {
  Extension& extension = *job.extension;
  if (!job.resume) {
    job.record->add_batch([&](std::uint32_t number) {
      extension.batch.number = number;
      return format_batch(extension.batch, extension.parent, key);
    });
    job.plan->hash = extension.batch.plan.hash;
    job.header.plan_hash = job.plan->hash;
    job.header.batch = extension.batch.number;
  }
  if (!extension.lock.take(job.record->plan_path(extension.batch.number))) {
    throw Error(
        Code::output_exists,
        shown(job.record->path()) + ": another process is at work on batch " + std::to_string(extension.batch.number),
        "wait for it");
  }
  job.taken = taken_names(job, key);
}

}  // namespace wardmark
