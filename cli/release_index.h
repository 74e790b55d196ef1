#pragma once
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "cli/open_record.h"

namespace wardmark {

/// What a release, with all that was added to it, makes of a file of an input.
enum class Standing {
  fresh,       ///< not known yet, or refused so far and changed since
  held,        ///< done already: released, left, or refused as it is
  under_way,   ///< planned by a batch that was not finished
  withdrawn,   ///< struck from the record: it must not come back by itself
  name_taken,  ///< another file has its name
};

/// Looks items up in a record. Holds references to it. Cost: a pass over all lines once, then little.
class ReleaseIndex {
 public:
  ReleaseIndex(const OpenRecord& record, const NameKeys& names);
  Standing standing(const PlanItem& item, std::string_view class_name) const;

 private:
  struct Entry {
    std::optional<Digest> input;
    std::optional<ItemState> state;  ///< absent: no line yet
  };
  struct Struck {
    const std::vector<PlanClass>* classes;
    std::set<Digest> leaves;
  };
  void add(const Plan& plan, const std::vector<ManifestItem>& items);
  bool struck(PlanItem item, std::string_view class_name) const;

  const NameKeys& names_;
  std::multimap<std::string_view, Entry> entries_;
  std::vector<Struck> struck_;
};

}  // namespace wardmark
