#include "cli/study_listing.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <map>
#include <mutex>
#include <thread>

#include "cli/dataset_formats.h"
#include "cli/medical_module.h"
#include "cli/open_record.h"
#include "cli/protect_job.h"
#include "core/error.h"
#include "io/item_id.h"
#include "perturb/clinical_change.h"

namespace wardmark {
namespace {

/// Calls `each` for 0 to n - 1 on `jobs` threads; the first exception is thrown again.
template <class Each>
void for_all(std::size_t n, unsigned jobs, const Each& each) {
  std::atomic<std::size_t> next{0};
  std::mutex lock;
  std::exception_ptr failure;
  const auto work = [&] {
    try {
      for (std::size_t i = next++; i < n; i = next++) each(i);
    } catch (...) {
      const std::scoped_lock held(lock);
      if (!failure) failure = std::current_exception();
      next = n;
    }
  };
  {
    std::vector<std::jthread> pool;
    for (unsigned t = 1; t < std::max(1u, jobs); ++t) pool.emplace_back(work);
    work();
  }
  if (failure) std::rethrow_exception(failure);
}

std::unique_ptr<DatasetReader> open_released_study(const std::string& path) {
  DatasetOptions options;
  options.labels.from = LabelSource::From::none;
  options.released = true;
  const DatasetFormat& format = dataset_format_for(path, options);
  if (format.name != "dicom") {
    throw Error(Code::usage, "--release " + shown(path) + ": holds no DICOM file", "name what protect wrote");
  }
  return format.open(path, options);
}

/// Name of each item in the release, by its id: the record's with a key, else its own.
std::map<std::string, std::string> released_names(const ListingArgs& args, Console& console) {
  std::map<std::string, std::string> names;
  if (!has_key(args.key)) return names;
  const OpenRecord record = open_record(record_of(args.record, args.release), load_key(args.key, console));
  for (const ManifestItem& item : record.items) {
    if (!item.output_id.empty()) names[item.id] = item.output_id;
  }
  return names;
}

void pair_up(const ListingArgs& args, StudyListing& listing, Console& console) {
  const auto names = released_names(args, console);
  const auto& ours = listing.reader->survey().items;
  const auto& theirs = listing.release->survey().items;
  for (ListedInstance& instance : listing.instances) {
    const std::string& id = ours[instance.place].id;
    const auto named = names.find(id);
    if (!names.empty() && named == names.end()) continue;
    const std::string& name = names.empty() ? id : named->second;
    const auto at = std::ranges::lower_bound(theirs, name, {}, &Item::id);
    if (at != theirs.end() && at->id == name) instance.counterpart = static_cast<std::size_t>(at - theirs.begin());
  }
  if (ours.size() == 1 && theirs.size() == 1) listing.instances.front().counterpart = 0;
}

/// Figures of one image, or why there are none.
void compare(const StudyListing& listing, ListedInstance& instance, Console& console) {
  const std::string& id = listing.reader->survey().items[instance.place].id;
  try {
    const Picture before = listing.reader->decode(instance.place, listing.reader->fetch(instance.place));
    const std::size_t there = *instance.counterpart;
    const Picture after = listing.release->decode(there, listing.release->fetch(there));
    if (before.carried || before.tones.empty()) return;
    if (!before.image.same_shape(after.image)) {
      throw Error(Code::item_unreadable, id + ": its counterpart has another size, depth or number of frames");
    }
    instance.clinical = clinical_change(before, after.image);
  } catch (const Error& error) {
    if (error.kind() != Kind::item) throw;
    console.refused(id, error);
  }
}

}  // namespace

StudyListing list_study(const ListingArgs& args, const DatasetFormat& format, Console& console) {
  StudyListing listing;
  DatasetOptions own;
  own.labels.from = LabelSource::From::none;
  own.jobs = args.jobs;
  own.study.skip_refused = true;  // every object for itself
  if (!args.release.empty()) {
    listing.release = open_released_study(args.release);
    own.study.allow_burned_in = own.study.rename_uid = true;  // what was released can be compared
  }
  listing.reader = format.open(args.path, own);
  console.number_items(ids_of(listing.reader->survey()));
  listing.instances.resize(listing.reader->survey().items.size());
  for_all(listing.instances.size(), args.jobs, [&](std::size_t i) {
    listing.instances[i].place = i;
    listing.instances[i].facts = instance_facts_by_module(*listing.reader, i);
  });
  if (!listing.release) return listing;
  pair_up(args, listing, console);
  for_all(listing.instances.size(), args.jobs, [&](std::size_t i) {
    ListedInstance& instance = listing.instances[i];
    if (instance.counterpart && instance.facts.fate == Fate::protect) compare(listing, instance, console);
  });
  listing.unpaired = static_cast<std::uint64_t>(std::ranges::count_if(
      listing.instances, [](const ListedInstance& row) { return row.facts.fate == Fate::protect && !row.clinical; }));
  return listing;
}

std::vector<std::vector<std::size_t>> series_of(const std::vector<ListedInstance>& instances) {
  std::vector<std::vector<std::size_t>> series;
  std::map<std::pair<std::string, std::string>, std::size_t> places;
  for (const bool named : {true, false}) {
    for (std::size_t i = 0; i < instances.size(); ++i) {
      const InstanceFacts& facts = instances[i].facts;
      if (facts.series.empty() == named) continue;
      const auto [at, fresh] = places.try_emplace({facts.series, named ? facts.study : facts.kind}, series.size());
      if (fresh) series.emplace_back();
      series[at->second].push_back(i);
    }
  }
  return series;
}

std::optional<std::pair<std::size_t, std::size_t>> worst_and_median(const std::vector<ListedInstance>& instances,
                                                                    const std::vector<std::size_t>& members) {
  std::vector<std::size_t> measured;
  std::ranges::copy_if(members, std::back_inserter(measured),
                       [&](std::size_t i) { return instances[i].clinical.has_value(); });
  if (measured.empty()) return std::nullopt;
  std::ranges::stable_sort(measured, {}, [&](std::size_t i) { return instances[i].clinical->windows.front().psnr; });
  return std::pair{measured.front(), measured[measured.size() / 2]};
}

}  // namespace wardmark
