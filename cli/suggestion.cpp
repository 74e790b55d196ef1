#include "cli/suggestion.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <string_view>
#include <vector>

#include "core/spelling.h"

namespace wardmark {
namespace {

/// edit_distance(), where two neighbours that changed places count once.
std::size_t typing_distance(std::string_view typed, std::string_view name) {
  std::size_t least = edit_distance(typed, name);
  std::string swapped(typed);
  for (std::size_t i = 0; i + 1 < swapped.size(); ++i) {
    std::swap(swapped[i], swapped[i + 1]);
    least = std::min(least, edit_distance(swapped, name) + 1);
    std::swap(swapped[i], swapped[i + 1]);
  }
  return least;
}

/// The nearest of `names` to what was typed, where it is near enough to have been meant. Empty otherwise.
std::string nearest(std::string_view typed, const std::vector<std::string>& names) {
  std::string best;
  std::size_t least = std::clamp<std::size_t>(typed.size() / 3, 1, 3) + 1;
  for (const std::string& name : names) {
    // A word that was not finished counts as one letter wrong.
    const std::size_t distance = typed.size() >= 3 && name.starts_with(typed) ? 1 : typing_distance(typed, name);
    if (distance >= least) continue;
    least = distance;
    best = name;
  }
  return best;
}

std::vector<std::string> command_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* sub : app.get_subcommands({})) names.push_back(sub->get_name());
  return names;
}

std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_group().empty()) continue;
    for (const std::string& name : option->get_lnames()) names.push_back(name);
  }
  return names;
}

/// The words before the name of `app`, with a space: "verify ".
std::string path_of(const CLI::App& app) {
  const CLI::App* parent = app.get_parent();
  return parent == nullptr ? "" : path_of(*parent) + app.get_name() + " ";
}

}  // namespace

std::string suggestion(const CLI::App& root, std::span<const char* const> words) {
  const CLI::App* app = &root;
  for (const std::string_view word : words) {
    if (word == "--") return {};
    if (word.starts_with("--")) {
      const std::string name(word.substr(2, word.find('=') - 2));
      const std::vector<std::string> names = option_names(*app);
      if (std::ranges::find(names, name) != names.end()) continue;
      const std::string meant = nearest(name, names);
      return meant.empty() ? "" : "did you mean --" + meant + "?";
    }
    if (word.starts_with('-')) continue;
    const std::vector<std::string> names = command_names(*app);
    if (names.empty()) continue;  // an argument of the command
    if (std::ranges::find(names, word) != names.end()) {
      app = app->get_subcommand(std::string(word));
      continue;
    }
    if (app != &root && app->get_require_subcommand_min() == 0) continue;  // "evaluate" is a command, and has "text"
    const std::string meant = nearest(word, names);
    return meant.empty() ? "" : "did you mean " + path_of(*app) + meant + "?";
  }
  return {};
}

}  // namespace wardmark
