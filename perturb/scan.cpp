#include "perturb/scan.h"

#include <algorithm>
#include <exception>
#include <mutex>
#include <thread>

#include "core/error.h"
#include "core/lane_digest.h"

namespace wardmark {
namespace {

std::uint64_t trace_of(const Digest& digest) {
  std::uint64_t trace = 0;
  for (std::size_t i = 8; i-- > 0;) trace = trace << 8 | digest[i];
  return trace;
}

}  // namespace

std::vector<PlanItem> hash_items(const DatasetReader& reader, const std::vector<PlanClass>& classes,
                                 const NameKeys& keys, unsigned jobs, Report& report, const std::atomic<bool>& stop,
                                 const Subkey* ledger) {
  const std::vector<Item>& items = reader.survey().items;
  std::vector<std::size_t> chosen;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (items[i].protect) chosen.push_back(i);
  }
  std::vector<PlanItem> planned(chosen.size());
  std::atomic<std::size_t> next{0};
  std::atomic<std::uint64_t> bytes{0};
  std::mutex lock;
  std::exception_ptr failure;

  const auto hash_one = [&](std::size_t k) {
    const Item& item = items[chosen[k]];
    PlanItem& row = planned[k];
    row.id = item.id;
    row.bytes = item.bytes;
    row.unit = item.unit;
    row.facts = item.facts;
    const auto at = std::ranges::lower_bound(classes, item.label, {}, &PlanClass::name);
    if (!item.label.empty() && at != classes.end() && at->name == item.label) {
      row.class_index = static_cast<std::uint32_t>(at - classes.begin());
    }
    try {
      const Bytes stored = reader.fetch(chosen[k]);
      LaneHash hash;
      hash.add(stored);
      const LaneHashes lanes = hash.finish();
      row.input = input_digest(lanes, stored.size(), keys);
      if (ledger != nullptr) row.trace = trace_of(lane_digest(ledger, "ledger-item", {}, lanes, stored.size()));
      bytes += stored.size();
    } catch (const Error& error) {
      if (error.kind() != Kind::item) throw;
    }
  };
  const auto work = [&] {
    try {
      for (std::size_t k = next++; k < chosen.size() && !stop; k = next++) {
        hash_one(k);
        if (k % 256 == 255) report.progress("reading", k + 1, chosen.size(), bytes);
      }
    } catch (...) {
      const std::scoped_lock held(lock);
      if (!failure) failure = std::current_exception();
      next = chosen.size();
    }
  };
  {
    std::vector<std::jthread> pool;
    for (unsigned t = 1; t < std::max(1u, jobs); ++t) pool.emplace_back(work);
    work();
  }
  if (failure) std::rethrow_exception(failure);
  return planned;
}

}  // namespace wardmark
