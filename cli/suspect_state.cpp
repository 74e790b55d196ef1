#include "cli/suspect_state.h"

#include "core/error.h"
#include "io/item_id.h"

namespace wardmark {

namespace fs = std::filesystem;

std::vector<std::string> style_words(const Console& console) {
  std::vector<std::string> words = {"--progress", console.style().progress, "--color", console.style().color};
  if (console.style().quiet) words.emplace_back("-q");
  if (console.style().verbose) words.emplace_back("-v");
  return words;
}

void check_new(const std::string& folder) {
  if (!folder.empty() && fs::exists(folder) && !fs::is_empty(folder))
    throw Error(Code::output_exists, shown(folder) + ": holds something already", "name a new folder");
}

fs::path state_folder(const std::string& typed, const RecordFolder& record, const std::string& identity,
                      const char* journal, const char* outcome, bool resume) {
  const fs::path state = typed.empty() ? record.path() / ("suspect-" + identity.substr(0, 12)) : fs::path(typed);
  if (fs::exists(state / journal) && !resume && !fs::exists(state / outcome)) {
    throw Error(Code::output_exists, state.string() + ": holds answers of a run that was stopped",
                "--resume goes on with it and asks nothing twice");
  }
  fs::create_directories(state);
  fs::permissions(state, fs::perms::owner_all);
  return state;
}

fs::path log_path(const std::string& typed, const std::string& key_file, const std::string& release) {
  if (!typed.empty()) return typed;
  if (key_file.empty() || key_file == "-") {
    throw Error(Code::usage, "--log: where the list of tests lies must be said when the key is no file",
                "name the same file for every test of this release");
  }
  return key_file + "." + release.substr(0, 12) + ".tests";
}

}  // namespace wardmark
