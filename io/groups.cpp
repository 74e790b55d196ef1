#include "io/groups.h"

#include <map>

#include "core/error.h"
#include "io/item_id.h"

namespace wardmark {
namespace {

LabelTable group_table(std::string_view value, const LabelSource& labels) {
  const std::string extension = extension_of(value);
  if (extension == ".csv" || extension == ".tsv" || extension == ".txt") {
    return read_label_file(std::filesystem::path(value), "group");
  }
  if (labels.from != LabelSource::From::file || extension_of(labels.file.native()) == ".json") {
    throw Error(Code::usage, "--group " + shown(value) + ": a column of what file?",
                "give --labels FILE.csv with this column, or --group FILE.csv with the columns path,group");
  }
  return read_label_file(labels.file, lower_ascii(value));
}

/// A copy in another group would be published by another coin: the pair of versions would show.
void check_copies(std::span<const PlanItem> items) {
  std::map<Digest, const PlanItem*> first;
  for (const PlanItem& item : items) {
    if (!item.input) continue;
    const auto [it, added] = first.try_emplace(*item.input, &item);
    if (added || it->second->group == item.group) continue;
    throw Error(Code::labels_format,
                "--group: " + shown(it->second->id) + " and " + shown(item.id) + " are the same file in two groups, '" +
                    it->second->group + "' and '" + item.group + "'",
                "put them into one group, or leave one of them out");
  }
}

}  // namespace

void assign_groups(std::string_view value, const LabelSource& labels, std::span<PlanItem> items) {
  const LabelTable table = group_table(value, labels);
  for (PlanItem& item : items) {
    const LabelTable::Row* row = table.find(item.id);
    if (row == nullptr) {
      throw Error(Code::labels_format, "--group " + shown(value) + ": no row for " + shown(item.id),
                  "every item needs a group; an item that belongs to no other is a group of its own");
    }
    item.group = row->label;
  }
  check_copies(items);
}

}  // namespace wardmark
