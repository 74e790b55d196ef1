#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "cli/open_record.h"
#include "cli/text_test.h"
#include "core/report.h"

namespace CLI {
class App;
}

namespace wardmark {

/// Which tests of a language model are made, as typed.
struct TextTestArgs {
  std::string test = "auto";
  std::vector<std::uint32_t> last = {2, 1};
  TextChoice choice;
  std::size_t context_bytes = 1000;
};

/// `--test`, `--last`, `--siblings`, `--contexts`, `--context-bytes`, `--tail`.
void add_text_test_options(CLI::App& app, TextTestArgs& args);
/// What was typed, as the tests take it: k falling, each once.
TextChoice chosen_text_tests(const TextTestArgs& args);

/// What stands before the sentences of a record in up to `--contexts` documents each: host_contexts(), of `items`
/// alone. None, and said so, where there are no files of the release to read, or none are wanted.
std::vector<HostContext> chosen_hosts(const TextTestArgs& args, const std::filesystem::path& release, const Plan& plan,
                                      const std::vector<ManifestItem>& items, const ReleaseKeys& keys, Report& report);

}  // namespace wardmark
