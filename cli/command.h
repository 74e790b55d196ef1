#pragma once
#include <functional>
#include <span>
#include <string_view>

#include "cli/console.h"
#include "cli/exit_status.h"

namespace CLI {
class App;
}

namespace wardmark {

/// What a chosen subcommand does once its arguments are parsed.
using Action = std::function<ExitStatus(Console&)>;

/// One subcommand. Its name may be two words ("verify release"). `declare` adds options to `app` and sets `action`;
/// help, man page and completions are made from the same declarations.
struct CommandInfo {
  std::string_view name;
  std::string_view summary;
  void (*declare)(CLI::App& app, Action& action);
  bool needs_engine = false;  ///< carried out by wardmark-nn with the same arguments
};

/// The only list of subcommands, in --help order.
std::span<const CommandInfo> commands();

}  // namespace wardmark
