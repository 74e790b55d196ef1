#include <CLI/CLI.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/open_record.h"
#include "io/atomic_file.h"

namespace wardmark {
namespace {

/// The public digests of a plan file or a record folder; no key is needed, nothing private is printed.
ExitStatus commit(const std::string& path, Console& console) {
  nlohmann::json digests{{"schema", "wardmark.commit/1"}};
  const bool folder = std::filesystem::is_directory(path);
  const std::string plan = folder ? RecordFolder(path).read_plan() : std::string(text_of(read_file(path)));
  const PlanSummary summary = summarise_plan(plan);
  digests["release"] = summary.release;
  digests["commitment_1"] = summary.commitment_1;
  if (folder) {
    if (const auto text = RecordFolder(path).read_manifest({})) {
      const Manifest manifest = parse_manifest(*text, true);
      if (manifest.footer) {
        digests["commitment_2"] = to_hex(manifest.footer->commitment_2);
        digests["root"] = to_hex(manifest.footer->root);
      }
    }
  }
  if (console.style().json) {
    console.result(digests.dump() + "\n");
    return ExitStatus::ok;
  }
  for (const char* field : {"release", "commitment_1", "commitment_2", "root"}) {
    if (digests.contains(field)) console.result(std::string(field) + " " + digests[field].get<std::string>() + "\n");
  }
  console.say(
      "these digests reveal nothing; have commitment_1 time-stamped before the draw, commitment_2 before any test");
  return ExitStatus::ok;
}

}  // namespace

void declare_commit(CLI::App& app, Action& action) {
  auto path = std::make_shared<std::string>();
  app.add_option("path", *path, "a plan, or a record's folder")->required()->type_name("PLAN|OUT.wardmark");
  action = [path](Console& console) { return commit(*path, console); };
}

}  // namespace wardmark
