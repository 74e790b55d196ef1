#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "core/plan.h"

/// What the files of plans and of batches have in common: a header, sealed lines of items and companions, a seal over
/// all of it (docs/formats.md, "Plan"). For the sources of core/ alone.
namespace wardmark {

Digest item_root(const std::vector<PlanItem>& items, const NameKeys& names);

/// The file: `header`, one line an item and a companion of `plan`, and the keyed digest of `purpose` over all of it.
std::string plan_file(const std::string& header, const Plan& plan, const NameKeys& names, const ReleaseKeys& keys,
                      std::string_view purpose);
/// Reads items and companions back into `plan`, whose classes are known; the header is passed over. Error(plan_format),
/// (key_wrong).
void read_plan_file(std::string_view text, Plan& plan, const ReleaseKeys& keys, std::string_view purpose);

std::string_view first_plan_line(std::string_view text);
/// A line as a JSON object. Error(plan_format).
nlohmann::json parse_plan_line(std::string_view line);
[[noreturn]] void plan_damaged(const std::string& what);

}  // namespace wardmark
