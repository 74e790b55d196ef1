#pragma once
#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <vector>

#include "cli/command.h"

namespace wardmark {

/// The whole command line as declared, with the action of the chosen subcommand.
struct CommandLine {
  std::unique_ptr<CLI::App> app;
  std::shared_ptr<Action> action;
  std::shared_ptr<ConsoleStyle> style;
  std::shared_ptr<std::string> generate;  ///< hidden `--generate man|bash|zsh`
};

CommandLine declare_command_line();

}  // namespace wardmark
