#include "cli/app.h"

namespace wardmark {
namespace {

constexpr auto kScope =
    "Protection raises the cost of training on your data; it prevents nothing for certain. It is shown for supervised\n"
    "classification with labels like yours, not for image generators, editing, self-supervised or image-text "
    "training.\n"
    "Keep your originals: they are never changed, and the released copy is no substitute for them.";

void add_style(CLI::App& app, ConsoleStyle& style) {
  constexpr auto group = "Messages";
  app.add_flag("--json", style.json, "one JSON object on stdout instead of text")->group(group);
  app.add_flag("--json-lines", style.json_lines, "one JSON object per item on stdout, then the summary")->group(group);
  app.add_flag("-q,--quiet", style.quiet, "errors only")->group(group);
  app.add_flag("-v,--verbose", style.verbose, "more messages")->group(group);
  app.add_option("--progress", style.progress, "progress on stderr")
      ->check(CLI::IsMember({"auto", "never"}))
      ->capture_default_str()
      ->group(group);
  app.add_option("--color", style.color, "colours on stderr; NO_COLOR is honoured")
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->capture_default_str()
      ->group(group);
}

/// The app of "verify release" below its parent "verify", made on first use, or of "evaluate text" below the command
/// that has the first word to itself.
CLI::App* app_for(CLI::App& root, const CommandInfo& command) {
  const std::string name(command.name);
  const std::size_t space = name.find(' ');
  if (space == std::string::npos) return root.add_subcommand(name, std::string(command.summary));
  const std::string first = name.substr(0, space);
  const auto known = root.get_subcommands([&](CLI::App* app) { return app->get_name() == first; });
  CLI::App* parent = known.empty() ? nullptr : known.front();
  if (parent == nullptr) {
    parent = root.add_subcommand(first, first == "verify" ? "check a release, a suspect model or a corpus"
                                                          : "work on the manifests of a record");
    parent->require_subcommand(1);
  }
  CLI::App* app = parent->add_subcommand(name.substr(space + 1), std::string(command.summary));
  // What the parent needs as a command of its own is not needed here.
  app->preparse_callback([parent](std::size_t) {
    for (CLI::Option* option : parent->get_options()) option->required(false);
  });
  return app;
}

}  // namespace

CommandLine declare_command_line() {
  CommandLine line;
  line.app = std::make_unique<CLI::App>(
      "wardmark protects data sets before they are published and proves afterwards that a model depends on them.",
      "wardmark");
  line.action = std::make_shared<Action>();
  line.style = std::make_shared<ConsoleStyle>();
  line.generate = std::make_shared<std::string>();
  CLI::App& app = *line.app;
  app.footer(kScope);
  app.require_subcommand(0, 1);
  app.get_formatter()->column_width(34);
  app.add_option("--generate", *line.generate)->check(CLI::IsMember({"man", "bash", "zsh"}))->group("");
  app.add_flag_callback(
      "--version",
      [action = line.action] {
        *action = [](Console& console) {
          console.result("wardmark " WARDMARK_VERSION "\n");
          return ExitStatus::ok;
        };
      },
      "print the version");
  for (const CommandInfo& command : commands()) {
    CLI::App* sub = app_for(app, command);
    add_style(*sub, *line.style);
    // Each declaration writes its own action; the chosen one is kept when its subcommand was parsed.
    auto own = std::make_shared<Action>();
    command.declare(*sub, *own);
    sub->callback([own, sub, action = line.action] {
      if (sub->get_subcommands().empty()) *action = *own;
    });
  }
  return line;
}

}  // namespace wardmark
