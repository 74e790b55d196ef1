#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/engine.h"
#include "core/version.h"

namespace wardmark {

void declare_version(CLI::App&, Action& action) {
  action = [](Console& console) {
    const bool engine = find_engine().has_value();
    if (console.style().json) {
      console.result(nlohmann::json{{"schema", "wardmark.version/1"},
                                    {"version", kVersion},
                                    {"formats", {"wardmark-key-1", "wardmark.plan/1", "wardmark.manifest/1"}},
                                    {"engine", engine}}
                         .dump() +
                     "\n");
    } else {
      console.result("wardmark " + std::string(kVersion) + "\nwardmark-nn " + (engine ? "installed" : "not installed") +
                     "\n");
    }
    return ExitStatus::ok;
  };
}

}  // namespace wardmark
