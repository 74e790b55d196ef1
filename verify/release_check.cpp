#include "verify/release_check.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <thread>

#include "core/error.h"

namespace wardmark {
namespace {

/// Compares one stored item with its line.
Finding compare(const DatasetReader& release, std::size_t place, const ManifestItem& expected) {
  try {
    const Bytes stored = release.fetch(place);
    if (output_digest(stored) == expected.output) return Finding::intact;
    return content_digest(release.decode(place, stored).image) == expected.output_content ? Finding::metadata_changed
                                                                                          : Finding::altered;
  } catch (const Error& error) {
    if (error.kind() != Kind::item) throw;
    return Finding::altered;
  }
}

/// Items by what they hold. Of items with the same pixels the first counts.
class Contents {
 public:
  explicit Contents(const std::vector<ManifestItem>& items) {
    for (const ManifestItem& item : items) {
      if (item.output_id.empty()) continue;  // refused or withdrawn
      stored_.emplace(item.output, &item);
      content_.emplace(item.output_content, &item);
    }
  }
  /// The item that a file holds, and whether byte for byte; null: none of them, or no picture.
  std::pair<const ManifestItem*, bool> find(const DatasetReader& files, std::size_t place) const {
    try {
      const Bytes stored = files.fetch(place);
      if (const auto at = stored_.find(output_digest(stored)); at != stored_.end()) return {at->second, true};
      const auto at = content_.find(content_digest(files.decode(place, stored).image));
      return {at == content_.end() ? nullptr : at->second, false};
    } catch (const Error& error) {
      if (error.kind() != Kind::item) throw;
      return {nullptr, false};
    }
  }

 private:
  std::map<Digest, const ManifestItem*> stored_, content_;
};

/// Files that stand in no record under their names: an item that is missing at its own place moved, all others are
/// foreign.
void add_strangers(const DatasetReader& release, const Plan& plan, const std::vector<ManifestItem>& items,
                   const std::map<std::string, const ManifestItem*>& expected, ReleaseCheck& check) {
  const Survey& survey = release.survey();
  std::map<std::string, std::size_t> missing;
  for (std::size_t r = 0; r < check.rows.size(); ++r) {
    if (check.rows[r].finding == Finding::missing) missing.emplace(check.rows[r].id, r);
  }
  std::optional<Contents> contents;
  for (std::size_t place = 0; place < survey.items.size(); ++place) {
    const Item& item = survey.items[place];
    if (!item.protect || expected.contains(item.id)) continue;
    if (!contents) contents.emplace(items);
    const auto [held, same_bytes] = contents->find(release, place);
    const auto gap = held ? missing.find(held->output_id) : missing.end();
    if (gap == missing.end()) {
      check.rows.push_back({Finding::foreign, item.id, held ? held->output_id : std::string()});
      continue;
    }
    check.rows[gap->second] = {Finding::moved, held->output_id, item.id};
    missing.erase(gap);
  }
  std::set<std::string_view> carried;
  for (const Companion& c : plan.companions) {
    const bool copied =
        c.code == Code::carried_sidecar || c.code == Code::cleaned_sidecar || c.code == Code::carried_asked;
    if (copied) carried.insert(c.path);
  }
  for (const Companion& c : survey.companions) {
    if (c.code != Code::left_litter && !carried.contains(c.path)) check.rows.push_back({Finding::foreign, c.path});
  }
}

}  // namespace

std::string_view name(Finding finding) {
  switch (finding) {
    case Finding::intact:
      return "intact";
    case Finding::metadata_changed:
      return "metadata changed";
    case Finding::line_ends:
      return "line ends or packing changed";
    case Finding::altered:
      return "altered";
    case Finding::moved:
      return "moved";
    case Finding::missing:
      return "missing";
    case Finding::withdrawn:
      return "withdrawn";
    case Finding::foreign:
      return "foreign";
  }
  broken_promise("finding");
}

bool ReleaseCheck::whole(bool subset) const {
  return !container_changed && std::ranges::all_of(rows, [&](const FindingRow& row) {
    return row.finding == Finding::metadata_changed || row.finding == Finding::line_ends ||
           row.finding == Finding::moved || (subset && row.finding == Finding::missing);
  });
}

FindingRow find_in_release(const DatasetReader& file, const std::vector<ManifestItem>& items) {
  const Survey& survey = file.survey();
  const std::string name = survey.items.empty() ? std::string() : survey.items.front().id;
  if (survey.items.empty()) return {Finding::foreign, name};
  const auto [held, same_bytes] = Contents(items).find(file, 0);
  if (held == nullptr) return {Finding::foreign, name};
  return {same_bytes ? Finding::intact : Finding::metadata_changed, held->output_id, name};
}

ReleaseCheck check_release(const DatasetReader& release, const Plan& plan, const std::vector<ManifestItem>& items,
                           unsigned jobs, Report& report) {
  ReleaseCheck check;
  std::map<std::string, const ManifestItem*> expected;
  for (const ManifestItem& item : items) {
    if (item.state == ItemState::withdrawn) ++check.withdrawn;
    if (!item.output_id.empty()) expected.emplace(item.output_id, &item);
  }
  const std::vector<Item>& present = release.survey().items;
  std::vector<std::pair<std::size_t, const ManifestItem*>> work;
  for (const auto& [id, item] : expected) {
    const auto at = std::ranges::lower_bound(present, id, {}, &Item::id);
    if (at == present.end() || at->id != id)
      check.rows.push_back({Finding::missing, id});
    else
      work.emplace_back(static_cast<std::size_t>(at - present.begin()), item);
  }
  std::vector<Finding> findings(work.size());
  std::atomic<std::size_t> next{0};
  std::mutex lock;
  std::exception_ptr failure;
  const auto worker = [&] {
    try {
      for (std::size_t k = next++; k < work.size(); k = next++) {
        findings[k] = compare(release, work[k].first, *work[k].second);
        if (k % 64 == 63) report.progress("checking", k + 1, work.size(), 0);
      }
    } catch (...) {
      const std::scoped_lock held(lock);
      if (!failure) failure = std::current_exception();
      next = work.size();
    }
  };
  {
    std::vector<std::jthread> pool;
    for (unsigned t = 1; t < std::max(1u, jobs); ++t) pool.emplace_back(worker);
    worker();
  }
  if (failure) std::rethrow_exception(failure);
  for (std::size_t k = 0; k < work.size(); ++k) {
    if (findings[k] == Finding::intact)
      ++check.intact;
    else
      check.rows.push_back({findings[k], work[k].second->output_id});
    if (findings[k] == Finding::metadata_changed) ++check.metadata_changed;
  }
  check.checked = expected.size();
  add_strangers(release, plan, items, expected, check);
  std::ranges::stable_sort(check.rows, {}, &FindingRow::id);
  return check;
}

}  // namespace wardmark
