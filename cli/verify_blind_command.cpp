#include <CLI/CLI.hpp>
#include <filesystem>

#include "cli/blind_package.h"
#include "cli/blind_texts.h"
#include "cli/command.h"
#include "cli/release_options.h"
#include "cli/suspect_source.h"
#include "cli/test_pictures.h"
#include "cli/text_asking.h"
#include "core/error.h"
#include "io/item_id.h"

namespace wardmark {
namespace {

namespace fs = std::filesystem;

struct VerifyBlindArgs {
  std::string package;
  Asking asking;
  TestSource test;
  bool resume = false;
};

/// The pictures are those that the package names, to the last sample.
void check_pictures(const QueryJob& job, const std::vector<std::string>& contents) {
  const std::vector<TestPicture> pictures = load_test_pictures(job);
  for (std::size_t n = 0; n < pictures.size(); ++n) {
    if (pictures[n].content != contents[n]) {
      throw Error(Code::no_test, shown(pictures[n].id) + ": is not the picture that the package names",
                  "ask the owner for the test pictures that go with it");
    }
  }
}

/// Sets of sentences for a language model.
ExitStatus ask_texts(const VerifyBlindArgs& args, Console& console) {
  const fs::path folder = fs::absolute(args.package);
  const std::vector<TextItem> items = read_blind_texts(folder);
  if (fs::exists(folder / kRankFile) && !args.resume) {
    throw Error(Code::output_exists, shown(folder / kRankFile) + ": holds answers of an earlier run",
                "--resume goes on with it and asks nothing twice");
  }
  TextAsking asking;
  asking.source = args.asking.source;
  asking.limits = {args.asking.seconds, args.asking.memory_mib};
  TextAnswerFiles files(folder, console);
  if (!files.probe(asking, kProbeFile)) return files.status();
  TextChoice choice;
  choice.rank = true;
  std::vector<std::string> left_out;
  try {
    fit_to(files.probed(kProbeFile), "rank", choice, left_out);
  } catch (const Error&) {
    fs::remove(folder / kProbeFile);
    throw;
  }
  if (!files.ask(asking, {{}, items}, kRankFile)) return files.status();
  console.result(examined_texts_hash(folder) + "\n");
  console.say("asked for the scores of " + counted(items.size(), "text"));
  console.say("write the hash down or have it time-stamped before " + shown(args.package) +
              " goes back to the owner, who opens the draw: `verify text --answers`");
  return ExitStatus::ok;
}

ExitStatus verify_blind(VerifyBlindArgs& args, Console& console) {
  if (is_blind_texts(args.package)) return ask_texts(args, console);
  if (args.test.data.empty())
    throw Error(Code::usage, "--test is required: where the test pictures lie here", "the owner gives them to you");
  BlindPackage package = read_blind_package(args.package);
  QueryJob& job = package.job;
  // What is asked for was settled before; only the pictures' place and the suspect are new.
  args.asking.access = name(job.access);
  job.data = fs::absolute(args.test.data).string();
  job.labels = args.test.labels;
  job.class_names = args.test.classes;
  const std::vector<std::string> meant = job.suspect_labels;
  ask_with(args.asking, fs::absolute(args.package), job);
  if (job.suspect_labels.empty()) job.suspect_labels = meant;
  if (fs::exists(job.journal) && !fs::exists(job.table) && !args.resume) {
    throw Error(Code::output_exists, shown(job.journal) + ": holds answers of a run that was stopped",
                "--resume goes on with it and asks nothing twice");
  }
  check_pictures(job, package.contents);
  ExitStatus status = ExitStatus::ok;
  const std::optional<QueryAnswers> answers = ask(job, console, status);
  if (!answers) return status;
  console.result(answers->table.hash() + "\n");
  console.say("asked " + counted(answers->queries, "question") + " about " + counted(job.pictures.size(), "picture") +
              " under all marks of " + counted(job.pool.size(), "candidate key"));
  console.say("write the hash down or have it time-stamped before " + shown(args.package) +
              " goes back to the owner, who opens the draw: `verify images --answers`");
  return ExitStatus::ok;
}

}  // namespace

void declare_verify_blind(CLI::App& app, Action& action) {
  auto args = std::make_shared<VerifyBlindArgs>();
  args->asking.source.jobs = default_jobs();
  app.add_option("package", args->package, "folder that `verify images` or `verify text` wrote with --blind")
      ->required()
      ->check(CLI::ExistingDirectory)
      ->type_name("DIR");
  add_asking_options(app, args->asking,
                     "the model: a .safetensors file of `wardmark train`, a TorchScript or ONNX file, the folder of a "
                     "language model, http(s)://ADDRESS, or exec:PROGRAM");
  app.get_option("--suspect")->required();
  app.remove_option(app.get_option("--access"));
  add_api_options(app, args->asking.source.remote);
  app.add_option("--test", args->test.data, "the test pictures, where they lie here; not for texts")->type_name("DATA");
  app.add_option("--labels", args->test.labels,
                 "where their classes come from: folder[:first|leaf|N], a CSV or JSON file")
      ->type_name("SOURCE")
      ->capture_default_str();
  app.add_option("--classes", args->test.classes, "file with the names of integer labels, one a line")
      ->type_name("FILE");
  app.add_flag("--resume", args->resume, "go on with a run that was stopped");
  app.add_option("-j,--jobs", args->asking.source.jobs, "threads")->check(CLI::Range(1, 4096))->capture_default_str();
  app.footer("Prints the hash of the answers. It never sees which key was drawn.");
  action = [args](Console& console) { return verify_blind(*args, console); };
}

}  // namespace wardmark
