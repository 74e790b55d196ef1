#include "cli/release_index.h"

#include <algorithm>

namespace wardmark {

ReleaseIndex::ReleaseIndex(const OpenRecord& record, const NameKeys& names) : names_(names) {
  add(record.plan, record.items);
  for (const OpenBatch& added : record.batches) add(added.batch.plan, added.items);
}

void ReleaseIndex::add(const Plan& plan, const std::vector<ManifestItem>& items) {
  std::vector<std::optional<ItemState>> states(plan.items.size());
  for (const ManifestItem& item : items) {
    if (item.n < states.size()) states[item.n] = item.state;
  }
  Struck struck{&plan.classes, {}};
  for (std::size_t n = 0; n < plan.items.size(); ++n) {
    const PlanItem& item = plan.items[n];
    if (item.withdrawn)
      struck.leaves.insert(*item.withdrawn);
    else
      entries_.emplace(item.id, Entry{item.input, states[n]});
  }
  if (!struck.leaves.empty()) struck_.push_back(std::move(struck));
}

bool ReleaseIndex::struck(PlanItem item, std::string_view class_name) const {
  return std::ranges::any_of(struck_, [&](const Struck& of) {
    const auto at = std::ranges::find(*of.classes, class_name, &PlanClass::name);
    item.class_index = at == of.classes->end() ? kNoClass : static_cast<std::uint32_t>(at - of.classes->begin());
    return of.leaves.contains(plan_leaf(item, names_));
  });
}

Standing ReleaseIndex::standing(const PlanItem& item, std::string_view class_name) const {
  bool taken = false;
  const auto [begin, end] = entries_.equal_range(item.id);
  for (auto at = begin; at != end; ++at) {
    const Entry& entry = at->second;
    if (entry.input == item.input) return entry.state ? Standing::held : Standing::under_way;
    if (entry.state != ItemState::refused) taken = true;
  }
  if (taken) return Standing::name_taken;
  return struck(item, class_name) ? Standing::withdrawn : Standing::fresh;
}

}  // namespace wardmark
