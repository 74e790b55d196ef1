#pragma once
#include <span>
#include <string>
#include <string_view>

#include "core/plan.h"
#include "io/labels.h"

namespace wardmark {

/// Items that belong together, such as all pictures of a patient: of twins a group publishes one version, by one coin,
/// and a test exchanges groups. `value` is the name of a column of the label file, or a CSV file of its own with the
/// columns `path` and `group`. Sets PlanItem::group of every item. Error(usage) for a column without a label file;
/// (labels_format) when an item has no row or an empty group, or when items of the same stored bytes are in two groups.
void assign_groups(std::string_view value, const LabelSource& labels, std::span<PlanItem> items);

}  // namespace wardmark
