#include <CLI/CLI.hpp>
#include <chrono>
#include <ctime>
#include <nlohmann/json.hpp>

#include "cli/child_run.h"
#include "cli/command.h"
#include "cli/engine.h"
#include "cli/engine_facts.h"
#include "cli/machine.h"
#include "cli/medical_module.h"
#include "cli/module.h"
#include "cli/sheet_module.h"
#include "core/error.h"
#include "core/version.h"
#include "io/item_id.h"

namespace wardmark {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

struct DoctorArgs {
  std::string folder = ".";
  bool engine_only = false;  ///< how wardmark asks wardmark-nn
};

/// What is tried of a folder: more than a drive takes into its own memory at once, and a second's work at most.
constexpr std::uint64_t kTrialBytes = std::uint64_t{64} << 20;
/// Below this no protected set is worth starting.
constexpr std::uint64_t kLittleMemory = std::uint64_t{1} << 30;

bool has_module(const char* file, const char* symbol, Lookup lookup = Lookup::program_first) {
  try {
    return module_symbol(file, symbol, "they", lookup) != nullptr;
  } catch (const Error&) {
    return false;
  }
}

std::string clock_text() {
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm utc{};
  char text[32] = "";
  if (::gmtime_r(&now, &utc) != nullptr) std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
  return text;
}

json engine_json(const EngineFacts& facts) {
  return {{"libtorch", facts.libtorch}, {"gpu", facts.gpu}, {"bf16", facts.bf16}};
}

/// One thing that was looked at.
struct Finding {
  std::string subject;
  std::string text;
  std::string advice;      ///< what would help; empty where nothing is wanting
  bool essential = false;  ///< without it `protect` does not work
};

std::string or_words(bool there, const char* yes, const char* no) { return there ? yes : no; }

Finding processor(const Machine& machine, const std::optional<EngineFacts>& engine) {
  std::string text = counted(machine.cores, "core");
  if (machine.avx2) text += ", AVX2";
  if (machine.avx512) text += ", AVX-512";
  if (engine && engine->bf16) text += ", bf16";
  return {"processor", text, machine.avx2 ? "" : "without AVX2 the same bytes take longer"};
}

Finding memory(const Machine& machine) {
  return {"memory", human_bytes(machine.memory) + ", " + human_bytes(machine.memory_free) + " free",
          machine.memory_free < kLittleMemory ? "use fewer threads (-j 1); large pictures may be refused" : ""};
}

Finding engine_finding(const std::optional<EngineFacts>& engine) {
  if (!engine && find_engine()) {
    return {"wardmark-nn", "installed, but does not start", "reinstall the package wardmark-nn"};
  }
  if (!engine) {
    return {"wardmark-nn", "not installed",
            "install the package wardmark-nn for evaluate, train, fitted methods and suspects in files"};
  }
  return {"wardmark-nn", "libtorch " + engine->libtorch + ", " + (engine->gpu.empty() ? "no GPU" : engine->gpu), ""};
}

/// A part that is a file beside the program.
Finding part(const char* subject, bool there, const char* use) {
  return {subject, there ? "there" : "missing",
          there ? "" : std::string(use) + " need it: reinstall the package wardmark"};
}

Finding openssl_finding() {
  const auto run = run_child({"openssl", "version"}, ChildOutput::standard);
  if (!run || run->status != 0) return {"openssl", "not installed", "install it to check time stamps"};
  return {"openssl", run->text.substr(0, run->text.find('\n')), ""};
}

Finding folder_finding(const fs::path& folder, const FolderTrial& trial) {
  const std::string subject = "folder " + shown(folder);
  if (!trial.failure.empty()) {
    std::string_view why = trial.failure;
    if (const std::string before = shown(folder) + ": "; why.starts_with(before)) why.remove_prefix(before.size());
    return {subject, std::string(why), "name a folder on a drive that takes files", true};
  }
  std::string text = human_bytes(trial.free) + " free, writes " +
                     human_bytes(static_cast<std::uint64_t>(trial.bytes_a_second)) + " a second";
  if (!trial.renames)
    return {subject, text + ", no renaming", "write to a local drive and copy the finished release from there", true};
  if (!trial.keeps_modes) return {subject, text + ", no file modes", "keep the key and the record elsewhere"};
  if (!trial.keeps_case) text += ", A and a are one name";
  return {subject, text, trial.keeps_case ? "" : "names that differ in case only are refused there"};
}

std::vector<Finding> findings(const DoctorArgs& args) {
  const Machine machine = examine_machine();
  const auto engine = engine_facts();
  const FolderTrial trial = try_folder(args.folder, kTrialBytes);
  return {
      processor(machine, engine),
      memory(machine),
      engine_finding(engine),
      part("wardmark-http", find_program("wardmark-http").has_value(), "suspects behind an address"),
      part("contact sheets", has_module("wardmark-sheet.so", kSheetEntryName), "previews"),
      part("DICOM", has_module("wardmark-medical.so", kMedicalEntryName, Lookup::own_libraries_first), "studies"),
      openssl_finding(),
      {"suspects", or_words(machine.landlock > 0, "kept from files by Landlock", "not kept from files: no Landlock"),
       machine.landlock > 0 ? "" : "a TorchScript suspect needs --trust-suspect: run it on a machine of its own"},
      {"clock", clock_text() + or_words(machine.clock_synchronised, ", synchronised", ", not synchronised"),
       machine.clock_synchronised ? "" : "dates in your notes are as good as this clock; time stamps have their own"},
      folder_finding(args.folder, trial)};
}

json findings_json(const std::vector<Finding>& all, bool fit) {
  json rows = json::array();
  for (const Finding& one : all)
    rows.push_back(
        {{"subject", one.subject}, {"text", one.text}, {"advice", one.advice}, {"essential", one.essential}});
  return {{"schema", "wardmark.doctor/1"}, {"version", kVersion}, {"fit", fit}, {"findings", rows}};
}

ExitStatus doctor(const DoctorArgs& args, Console& console) {
  if (args.engine_only) {
    const auto engine = engine_facts();
    console.result((engine ? engine_json(*engine) : json::object()).dump() + "\n");
    return ExitStatus::ok;
  }
  std::error_code ignored;
  if (!fs::is_directory(args.folder, ignored)) {
    throw Error(Code::input_missing, shown(args.folder) + ": is no folder",
                "name the folder where releases will be written");
  }
  const std::vector<Finding> all = findings(args);
  const bool fit = std::ranges::none_of(all, &Finding::essential);
  if (console.style().json) {
    console.result(findings_json(all, fit).dump(-1, ' ', false, json::error_handler_t::replace) + "\n");
    return fit ? ExitStatus::ok : ExitStatus::negative;
  }
  std::string text = "wardmark " + std::string(kVersion) + "\n";
  for (const Finding& one : all) {
    text += one.subject + ": " + one.text + "\n";
    if (!one.advice.empty()) text += "  " + one.advice + "\n";
  }
  console.result(text + (fit ? "fit for work\n" : "not fit for work\n"));
  return fit ? ExitStatus::ok : ExitStatus::negative;
}

}  // namespace

void declare_doctor(CLI::App& app, Action& action) {
  auto args = std::make_shared<DoctorArgs>();
  app.add_option("folder", args->folder, "where releases will be written: 64 MB are written there and removed again")
      ->type_name("DIR")
      ->capture_default_str();
  app.add_flag("--engine", args->engine_only)->group("");
  action = [args](Console& console) { return doctor(*args, console); };
}

}  // namespace wardmark
