#include "cli/blind_texts.h"

#include <nlohmann/json.hpp>

#include "cli/text_bundle.h"
#include "core/error.h"
#include "io/atomic_file.h"
#include "io/item_id.h"

namespace wardmark {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr auto kSchema = "wardmark.blind-text/1";
constexpr std::string_view kFile = "questions.json";

constexpr std::string_view kReadMe =
    "Questions for one test of a language model, made by wardmark, for an examiner who does not know the draw.\n\n"
    "    wardmark verify blind . --suspect MODEL\n\n"
    "asks the model how likely it finds each text of questions.json, and prints the hash of the answers. Write the "
    "hash\n"
    "down, or have it time-stamped, before this folder goes back to the owner: only then is the draw opened.\n\n"
    "One sentence of each set was published, the others never were: whoever reads them here or in a model's logs "
    "could\n"
    "train on them, and the test would be worth nothing.\n";

}  // namespace

void write_blind_texts(const fs::path& folder, const std::vector<TextItem>& items) {
  if (fs::exists(folder) && !fs::is_empty(folder))
    throw Error(Code::output_exists, shown(folder) + ": holds something already", "name a new folder");
  fs::create_directories(folder);
  fs::permissions(folder, fs::perms::owner_all);
  json rows = json::array();
  for (const TextItem& item : items) rows.push_back({item.context, item.text});
  const json value{{"schema", kSchema}, {"items", rows}};
  write_file(folder / "README.txt", bytes_of(kReadMe), 0600);
  write_file(folder / kFile, bytes_of(value.dump(-1, ' ', false, json::error_handler_t::replace) + "\n"), 0600);
}

bool is_blind_texts(const fs::path& folder) {
  if (!fs::exists(folder / kFile)) return false;
  const json value = json::parse(text_of_file(folder / kFile), nullptr, false);
  return value.is_object() && value.contains("schema") && value["schema"] == kSchema;
}

std::vector<TextItem> read_blind_texts(const fs::path& folder) {
  try {
    std::vector<TextItem> items;
    const json value = json::parse(text_of_file(folder / kFile));
    for (const json& row : value.at("items")) items.push_back({row.at(0), row.at(1)});
    if (items.empty()) throw Error(Code::record_format, shown(folder / kFile) + ": asks nothing");
    return items;
  } catch (const json::exception&) {
    throw Error(Code::record_format, shown(folder / kFile) + ": is damaged", "ask the owner for it again");
  }
}

std::string examined_texts_hash(const fs::path& folder) {
  for (const char* name : {kProbeFile, kRankFile}) {
    if (fs::exists(folder / name)) continue;
    throw Error(Code::input_missing, shown(folder) + ": the examiner has not finished",
                "`wardmark verify blind DIR --suspect MODEL` leaves its answers there");
  }
  const Bytes probe = read_file(folder / kProbeFile), answers = read_file(folder / kRankFile);
  return to_hex(digest(nullptr, "blind-text", {probe, answers}));
}

}  // namespace wardmark
