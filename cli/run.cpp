#include "cli/run.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <algorithm>
#include <new>
#include <span>

#include "cli/app.h"
#include "cli/engine.h"
#include "cli/generate.h"
#include "cli/suggestion.h"
#include "core/secret.h"

namespace wardmark {
namespace {

/// No core dump may hold a key.
void forbid_core_dumps() {
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

/// Whether argv is for the engine: found before parsing, since the options of its commands are wardmark-nn's own. Man
/// page and completions tell of them where it is installed.
bool is_for_engine(int argc, const char* const* argv) {
  if (argc < 2) return false;
  const std::string_view word = argv[1];
  if (word == "--generate") return find_engine().has_value();
  return std::ranges::any_of(commands(), [&](const CommandInfo& c) { return c.needs_engine && c.name == word; });
}

ExitStatus parse_error(const CLI::App& app, const CLI::ParseError& error, std::span<const char* const> words,
                       Console& console) {
  if (dynamic_cast<const CLI::Success*>(&error) != nullptr) {  // --help
    console.result(app.help());  // of the innermost subcommand that was named, with the words before it
    return ExitStatus::ok;
  }
  std::string text = error.what();
  std::replace(text.begin(), text.end(), '\n', ' ');
  std::string hint = suggestion(app, words);
  if (hint.empty()) hint = "wardmark --help lists the commands, wardmark COMMAND --help its options";
  console.error(Error(Code::usage, text, hint));
  return ExitStatus::usage;
}

ExitStatus act(int argc, const char* const* argv, Program program, Console& console) {
  if (program == Program::wardmark && is_for_engine(argc, argv)) become_engine(argc, argv);
  CommandLine line = declare_command_line();
  try {
    line.app->parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return parse_error(*line.app, error, std::span(argv, static_cast<std::size_t>(argc)).subspan(1), console);
  }
  console.apply(*line.style);
  if (!line.generate->empty()) {
    console.result(generate(*line.app, *line.generate));
    return ExitStatus::ok;
  }
  if (!*line.action) {
    console.result(line.app->help());
    return ExitStatus::usage;
  }
  return (*line.action)(console);
}

}  // namespace

int run(int argc, const char* const* argv, Program program) {
  forbid_core_dumps();
  signal(SIGPIPE, SIG_IGN);  // a closed pipe is seen as EPIPE and ends the program quietly
  Console console;
  ExitStatus status = ExitStatus::bug;
  try {
    start_crypto();
    status = act(argc, argv, program, console);
    console.end_progress();
    console.flush_result();
  } catch (const Error& error) {
    console.error(error);
    status = exit_status(error.kind());
  } catch (const std::bad_alloc&) {
    console.error(Error(Code::out_of_memory, "not enough memory", "use fewer threads: -j 1"));
    status = ExitStatus::failed;
  } catch (const std::filesystem::filesystem_error& error) {
    console.error(Error(Code::read_failed, error.what()));
    status = ExitStatus::failed;
  } catch (const std::exception& error) {
    console.error(Error(Code::bug, std::string("internal fault: ") + error.what(),
                        "please report this with the command you ran"));
    status = ExitStatus::bug;
  }
  return static_cast<int>(status);
}

}  // namespace wardmark
