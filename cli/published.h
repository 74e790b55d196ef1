#pragma once
#include <string>

#include "cli/console.h"
#include "core/plan.h"

namespace CLI {
class App;
}

namespace wardmark {

/// `--published none|all|FILE`: which items have a clean copy that is public, or was.
void add_published_option(CLI::App& app, std::string& published);
/// Leaves the items that a file names out of the plan, as companions; classes keep their place. Error(input_missing)
/// when the file is not there, (input_empty) when nothing is left, (labels_one_class) when no class but one is.
void leave_public_out(const std::string& published, Plan& plan, Console& console);
/// Said once where nothing was said about it: what one public original gives away.
void say_published(const std::string& published, Console& console);

}  // namespace wardmark
