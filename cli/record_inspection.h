#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "cli/key_options.h"
#include "io/record_folder.h"

namespace wardmark {

/// What a plan's text says: release, counts and commitments, with the key also its recipe and classes. Error as
/// summarise_plan() and parse_plan().
nlohmann::json inspect_plan(const KeyOptions& key, std::string_view text, Console& console);

/// The same of a record, with how far its manifest is; with the key also counts of codes and, of DICOM images, figures
/// by series.
nlohmann::json inspect_record(const RecordFolder& record, const KeyOptions& key, Console& console);

/// "field: value" lines of such an object, nested ones as JSON.
std::string inspection_text(const nlohmann::json& object);

}  // namespace wardmark
