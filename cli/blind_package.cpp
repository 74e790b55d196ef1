#include "cli/blind_package.h"

#include <nlohmann/json.hpp>

#include "cli/bundle_files.h"
#include "cli/judgement.h"
#include "core/error.h"
#include "io/atomic_file.h"
#include "io/item_id.h"

namespace wardmark {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr auto kSchema = "wardmark.blind/1";
constexpr std::string_view kFile = "questions.json", kJournal = "queries.jsonl", kAnswers = "answers.json";

constexpr std::string_view kReadMe =
    "Questions for one test of an image model, made by wardmark, for an examiner who does not know the draw.\n\n"
    "    wardmark verify blind . --suspect MODEL --test PICTURES\n\n"
    "asks the model about every picture under every mark of every candidate key, and prints the hash of the answers.\n"
    "Write the hash down, or have it time-stamped, before this folder goes back to the owner: only then is the draw\n"
    "opened.\n\n"
    "questions.json holds all candidate keys of the release: whoever has it can find, take out and forge its marks.\n";

}  // namespace

void write_blind_package(const fs::path& folder, const BlindPackage& package) {
  if (fs::exists(folder) && !fs::is_empty(folder))
    throw Error(Code::output_exists, shown(folder) + ": holds something already", "name a new folder");
  QueryJob job = package.job;
  job.data.clear();  // paths of the owner's machine
  job.labels.clear();
  job.class_names.clear();
  job.suspect.clear();
  fs::create_directories(folder);
  fs::permissions(folder, fs::perms::owner_all);
  const json value{{"schema", kSchema}, {"job", format_query_job(job)}, {"contents", package.contents}};
  write_file(folder / "README.txt", bytes_of(kReadMe), 0600);
  write_file(folder / kFile, bytes_of(value.dump(-1, ' ', false, json::error_handler_t::replace) + "\n"), 0600);
}

BlindPackage read_blind_package(const fs::path& folder) {
  if (!fs::exists(folder / kFile)) {
    throw Error(Code::input_missing, shown(folder) + ": holds no questions",
                "the owner makes them: `wardmark verify images --blind DIR`");
  }
  try {
    const json value = json::parse(text_of_file(folder / kFile));
    if (value.at("schema") != kSchema) throw Error(Code::record_format, "questions of another version");
    BlindPackage package{parse_query_job(value.at("job").get<std::string>()), value.at("contents")};
    if (package.contents.size() != package.job.pictures.size() || !package.job.slots.empty())
      throw Error(Code::record_format, shown(folder / kFile) + ": is not whole");
    return package;
  } catch (const json::exception&) {
    throw Error(Code::record_format, shown(folder / kFile) + ": is damaged", "ask the owner for it again");
  }
}

QueryAnswers examined_answers(const fs::path& folder, QueryJob& job, const std::vector<std::string>& contents) {
  job.journal = (folder / kJournal).string();
  job.table = (folder / kAnswers).string();
  if (!fs::exists(job.table)) {
    throw Error(Code::input_missing, shown(folder) + ": the examiner has not finished",
                "`wardmark verify blind DIR --suspect MODEL --test PICTURES` leaves its answers there");
  }
  QueryAnswers answers = parse_query_answers(text_of_file(job.table));
  const QuestionFacts facts = facts_of(job, contents);
  if (recounted(text_of_file(job.journal), facts, job.pictures, answers.suspect).hash() != answers.table.hash())
    throw Error(Code::bundle_altered, shown(job.table) + ": its counts are not those of the answers");
  return answers;
}

}  // namespace wardmark
