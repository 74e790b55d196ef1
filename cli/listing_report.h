#pragma once
#include <nlohmann/json.hpp>
#include <string>

#include "cli/study_listing.h"
#include "core/manifest.h"

namespace wardmark {

/// A listing as one object of schema "wardmark.inspect-study/1": a row per series with what it holds, and with a
/// release "clinical" (worst and median) and "instances" (figures of each); refused objects with their codes. Items
/// as the console names them.
nlohmann::json listing_json(const std::string& path, const StudyListing& listing, const Console& console);

/// The same as a table.
std::string listing_text(const nlohmann::json& listing);

/// Figures of a record's pictures by series, in the order of their first item: [{"series", "clinical"}].
nlohmann::json recorded_figures(const std::vector<ManifestItem>& items);

/// Two lines, worst and median, of a "clinical" object.
std::string figures_text(const nlohmann::json& clinical);

}  // namespace wardmark
