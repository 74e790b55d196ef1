#include "cli/generate.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <vector>

#include "core/error.h"
#include "core/version.h"

namespace wardmark {
namespace {

/// Commands of the subcommand tree with their full names ("verify release"), in declaration order.
struct Leaf {
  std::string name;
  const CLI::App* app;
};

void collect(const CLI::App& app, const std::string& prefix, std::vector<Leaf>& leaves) {
  for (const CLI::App* sub : app.get_subcommands({})) {
    const std::string name = prefix.empty() ? sub->get_name() : prefix + " " + sub->get_name();
    if (sub->get_require_subcommand_min() == 0) leaves.push_back({name, sub});
    collect(*sub, name, leaves);
  }
}

std::vector<const CLI::Option*> options_of(const CLI::App& app) {
  return app.get_options(
      [](const CLI::Option* option) { return !option->get_group().empty() && option->nonpositional(); });
}

/// Option names as typed: "-o,--output" gives {"-o", "--output"}.
std::vector<std::string> names_of(const CLI::Option& option) {
  std::vector<std::string> names;
  for (const std::string& s : option.get_snames()) names.push_back("-" + s);
  for (const std::string& l : option.get_lnames()) names.push_back("--" + l);
  return names;
}

std::string troff(std::string_view text) {
  // A line must not begin with a control character.
  std::string out = text.starts_with('.') || text.starts_with('\'') ? "\\&" : "";
  for (const char c : text) {
    if (c == '\\')
      out += "\\\\";
    else if (c == '-')
      out += "\\-";
    else
      out += c;
  }
  return out;
}

std::string man_option(const CLI::Option& option) {
  std::string names;
  for (const std::string& name : names_of(option)) names += (names.empty() ? "" : ", ") + troff(name);
  std::string text = ".TP\n.B " + names;
  if (option.get_items_expected_max() > 0 && !option.get_type_name().empty())
    text += " " + troff(option.get_type_name());
  text += "\n" + troff(option.get_description());
  if (!option.get_default_str().empty()) text += " (default: " + troff(option.get_default_str()) + ")";
  return text + "\n";
}

std::string man_command(const Leaf& leaf) {
  std::string positionals;
  for (const CLI::Option* option : leaf.app->get_options()) {
    if (!option->get_positional()) continue;
    const std::string type = option->get_type_name().empty() ? option->get_name() : option->get_type_name();
    positionals += option->get_required() ? " " + type : " [" + type + "]";
  }
  std::string text = ".SS \"wardmark " + leaf.name + troff(positionals) + " [OPTIONS]\"\n" +
                     troff(leaf.app->get_description()) + ".\n";
  for (const CLI::Option* option : options_of(*leaf.app)) {
    if (option->get_name() != "--help") text += man_option(*option);
  }
  return text;
}

std::string man(const CLI::App& app, const std::vector<Leaf>& leaves) {
  std::string text = ".TH WARDMARK 1 \"\" \"wardmark " + std::string(kVersion) +
                     "\" \"User Commands\"\n.SH NAME\nwardmark \\- " +
                     "protect data sets before they are published, prove afterwards that a model depends on them\n" +
                     ".SH SYNOPSIS\n.B wardmark\n.I COMMAND\n[OPTIONS]\n.SH DESCRIPTION\n" +
                     troff(app.get_description()) + "\n.PP\n" + troff(app.get_footer()) + "\n.SH COMMANDS\n";
  for (const Leaf& leaf : leaves) text += man_command(leaf);
  text += ".SH EXIT STATUS\n";
  constexpr std::pair<const char*, const char*> kStatuses[] = {
      {"0", "done, or evidence found"},
      {"1", "a negative finding: release altered, no evidence"},
      {"2", "wrong usage or a refused configuration; nothing was written"},
      {"3", "some items were refused, the rest is complete"},
      {"4", "failed: input unreadable, disk full, suspect died"},
      {"70", "a fault of the program"},
      {"75", "stopped early; the same command with --resume continues"}};
  for (const auto& [status, meaning] : kStatuses)
    text += std::string(".TP\n.B ") + status + "\n" + troff(meaning) + "\n";
  return text + ".SH CODES\nEvery refusal carries a stable code, printed in brackets.\n" + [] {
    std::string rows;
    for (const CodeInfo& row : codes()) {
      rows += ".TP\n.B " + troff(row.name) + "\n" + troff(row.meaning) + "\n";
    }
    return rows;
  }();
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

std::string all_options(const CLI::App& app) {
  std::vector<std::string> words;
  for (const CLI::Option* option : options_of(app)) {
    for (const std::string& name : names_of(*option)) words.push_back(name);
  }
  return joined(words);
}

/// First words, and for two-word commands their second words.
std::vector<std::string> second_words(const std::vector<Leaf>& leaves, const std::string& first) {
  std::vector<std::string> words;
  for (const Leaf& leaf : leaves) {
    if (leaf.name.starts_with(first + " ")) words.push_back(leaf.name.substr(first.size() + 1));
  }
  return words;
}

std::vector<std::string> first_words(const std::vector<Leaf>& leaves) {
  std::vector<std::string> words;
  for (const Leaf& leaf : leaves) {
    const std::string word = leaf.name.substr(0, leaf.name.find(' '));
    if (std::ranges::find(words, word) == words.end()) words.push_back(word);
  }
  return words;
}

/// Options of a first word that is a command too: " --train --test".
std::string own_options(const std::vector<Leaf>& leaves, const std::string& first) {
  const auto own = std::ranges::find(leaves, first, &Leaf::name);
  return own == leaves.end() ? "" : " " + all_options(*own->app);
}

std::string bash(const std::vector<Leaf>& leaves) {
  std::string text =
      "# bash completion for wardmark; made by: wardmark --generate bash\n"
      "_wardmark() {\n"
      "  local cur=${COMP_WORDS[COMP_CWORD]} words= command=${COMP_WORDS[1]}\n"
      "  case $command in\n";
  for (const std::string& first : first_words(leaves)) {
    const auto seconds = second_words(leaves, first);
    if (seconds.empty()) continue;
    text += "    " + first + ") [[ ' " + joined(seconds) +
            " ' == *\" ${COMP_WORDS[2]} \"* ]] && command=\"$command ${COMP_WORDS[2]}\" ;;\n";
  }
  text += "  esac\n  if [ \"$COMP_CWORD\" -eq 1 ]; then\n    words='" + joined(first_words(leaves)) +
          " --help --version'\n";
  for (const std::string& first : first_words(leaves)) {
    const auto seconds = second_words(leaves, first);
    if (seconds.empty()) continue;
    text += "  elif [ \"$COMP_CWORD\" -eq 2 ] && [ \"${COMP_WORDS[1]}\" = " + first + " ]; then\n    words='" +
            joined(seconds) + own_options(leaves, first) + " --help'\n";
  }
  text += "  else\n    case $command in\n";
  for (const Leaf& leaf : leaves) text += "      '" + leaf.name + "') words='" + all_options(*leaf.app) + "' ;;\n";
  return text +
         "    esac\n  fi\n"
         "  case $cur in\n"
         "    -*) mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\") ;;\n"
         "    *) mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\"; compgen -f -- \"$cur\") ;;\n"
         "  esac\n}\n"
         "complete -o filenames -F _wardmark wardmark\n";
}

std::string zsh_quoted(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\'')
      out += "'\\''";
    else if (c == '[' || c == ']' || c == ':' || c == '\\')
      out += std::string("\\") + c;
    else
      out += c;
  }
  return out;
}

std::string zsh(const std::vector<Leaf>& leaves) {
  std::string text =
      "#compdef wardmark\n# zsh completion for wardmark; made by: wardmark --generate zsh\n"
      "_wardmark() {\n  local command=$words[2]\n  case $command in\n";
  for (const std::string& first : first_words(leaves)) {
    const auto seconds = second_words(leaves, first);
    if (seconds.empty()) continue;
    text += "    " + first + ") [[ ' " + joined(seconds) +
            " ' == *\" $words[3] \"* ]] && command=\"$command $words[3]\" ;;\n";
  }
  text += "  esac\n  if (( CURRENT == 2 )); then\n    compadd " + joined(first_words(leaves)) + "\n    return\n  fi\n";
  for (const std::string& first : first_words(leaves)) {
    const auto seconds = second_words(leaves, first);
    if (seconds.empty()) continue;
    text += "  if (( CURRENT == 3 )) && [[ $words[2] == " + first + " ]]; then\n    compadd " + joined(seconds) +
            (own_options(leaves, first).empty() ? "\n    return" : "") + "\n  fi\n";
  }
  text += "  case $command in\n";
  for (const Leaf& leaf : leaves) {
    text += "    '" + leaf.name + "') _arguments";
    for (const CLI::Option* option : options_of(*leaf.app)) {
      for (const std::string& name : names_of(*option)) {
        const bool takes = option->get_items_expected_max() > 0;
        text += " \\\n      '" + name + "[" + zsh_quoted(option->get_description()) + "]" +
                (takes ? ":" + zsh_quoted(option->get_type_name()) + ":_files" : "") + "'";
      }
    }
    text += " \\\n      '*:file:_files' ;;\n";
  }
  return text + "  esac\n}\n_wardmark \"$@\"\n";
}

}  // namespace

std::string generate(const CLI::App& app, std::string_view kind) {
  std::vector<Leaf> leaves;
  collect(app, {}, leaves);
  if (kind == "man") return man(app, leaves);
  return kind == "bash" ? bash(leaves) : zsh(leaves);
}

}  // namespace wardmark
